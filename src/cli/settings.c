#include "cli/settings.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nearest.h"
#include "cli/option_value.h"

static const char *const source_names[] = {
        [SETTING_DEFAULT] = "default",
        [SETTING_POLICY] = "policy",
        [SETTING_FILE] = "file",
        [SETTING_ENVIRONMENT] = "environment",
        [SETTING_COMMAND_LINE] = "command line",
};

/* ---- What there is ---- */

/* The index-th option, the operand behind the last; NULL behind that. */
static const struct option_spec *option_at(const struct settings *settings, size_t index)
{
        const struct command *command = settings->command;
        const struct option_spec *option = command_option(command, index);
        bool behind_last = !option && (index == 0 || command_option(command, index - 1));
        return behind_last && command->operand ? &settings->operand : option;
}

const struct option_spec *settings_find(const struct settings *settings, const char *name)
{
        const struct option_spec *option;
        for (size_t i = 0; (option = option_at(settings, i)); i++)
                if (strcmp(option->name, name) == 0)
                        return option;
        return NULL;
}

const char *settings_nearest(const struct settings *settings, const char *name, bool as_key)
{
        const struct option_spec *option;
        const char *best = NULL;
        for (size_t i = 0; (option = option_at(settings, i)); i++)
                if (as_key ? !option->command_line_only : option != &settings->operand)
                        nearest_consider(name, option->name, &best);
        return best;
}

/* ---- Gathering ---- */

static int add(struct settings *settings, const struct option_spec *option,
               enum setting_source source, const char *text)
{
        struct setting *list =
                realloc(settings->list, (settings->count + 1) * sizeof(settings->list[0]));
        if (!list)
                return -ENOMEM;
        settings->list = list;
        char *copy = text ? strdup(text) : NULL;
        if (text && !copy)
                return -ENOMEM;
        list[settings->count++] = (struct setting){option, source, copy};
        return 0;
}

int settings_init(struct settings *settings, const struct command *command)
{
        const struct option_spec *option;
        int r = 0;

        *settings = (struct settings){.command = command};
        settings->operand = option_of_operand(command, settings->operand_name);
        settings->scratch = calloc(1, command->size);
        if (!settings->scratch)
                return -ENOMEM;
        for (size_t i = 0; (option = option_at(settings, i)) && r == 0; i++)
                if (option->default_text && option->kind != OPTION_LIST)
                        r = add(settings, option, SETTING_DEFAULT, option->default_text);
        return r;
}

void settings_done(struct settings *settings)
{
        for (size_t i = 0; i < settings->count; i++)
                free(settings->list[i].text);
        free(settings->list);
        free(settings->scratch);
        *settings = (struct settings){0};
}

int settings_add(struct settings *settings, const struct option_spec *option,
                 enum setting_source source, const char *text)
{
        /* A list of one source says nothing about how long another's is. */
        if (settings->count > 0 && settings->list[settings->count - 1].source != source)
                memset(settings->scratch, 0, settings->command->size);
        int r = option_set(option, text, settings->scratch);
        return r < 0 ? r : add(settings, option, source, text);
}

const char *settings_environment_name(const struct option_spec *option,
                                      char buffer[static ENVIRONMENT_NAME_SIZE])
{
        int length = snprintf(buffer, ENVIRONMENT_NAME_SIZE, "SLUICE_%s", option->name);
        assert(length < ENVIRONMENT_NAME_SIZE);
        (void)length;
        for (char *c = buffer; *c; c++)
                *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
        return buffer;
}

int settings_from_environment(struct settings *settings)
{
        const struct option_spec *option;
        char name[ENVIRONMENT_NAME_SIZE], complaint[512];

        for (size_t i = 0; (option = option_at(settings, i)); i++) {
                const char *text = getenv(settings_environment_name(option, name));
                if (!text || !*text || option->command_line_only)
                        continue;
                int r = settings_add(settings, option, SETTING_ENVIRONMENT, text);
                if (r < 0) {
                        (void)fprintf(
                                stderr, "sluice %s: %s: %s\n", settings->command->name, name,
                                option_complaint(option, text, r, complaint, sizeof(complaint)));
                        return EXIT_USAGE;
                }
        }
        return 0;
}

/* ---- Using ---- */

static enum setting_source source_of(const struct settings *settings,
                                     const struct option_spec *option)
{
        enum setting_source source = SETTING_DEFAULT;
        for (size_t i = 0; i < settings->count; i++)
                if (settings->list[i].option == option && settings->list[i].source > source)
                        source = settings->list[i].source;
        return source;
}

void settings_apply(const struct settings *settings, void *target)
{
        for (size_t i = 0; i < settings->count; i++) {
                const struct setting *setting = &settings->list[i];
                const struct option_spec *option = setting->option;
                if (setting->source != source_of(settings, option))
                        continue;
                /* It was tried when it was added; the defaults are our own. */
                int r = option_set(option, setting->text, target);
                assert(r == 0);
                (void)r;
                if (setting->source > SETTING_POLICY && option->second_offset &&
                    option->kind != OPTION_LIST)
                        *(bool *)((char *)target + option->second_offset) = true;
        }
}

static const char *shown(const struct setting *setting)
{
        return setting->text ? setting->text : "yes";
}

static void print_option(const struct settings *settings, const struct option_spec *option,
                         FILE *out)
{
        enum setting_source source = source_of(settings, option);
        const char *last = NULL;

        for (size_t i = 0; i < settings->count; i++) {
                const struct setting *setting = &settings->list[i];
                if (setting->option != option || setting->source != source)
                        continue;
                last = shown(setting);
                if (option->kind == OPTION_LIST)
                        (void)fprintf(out, "%s = %s\n", option->name, last);
        }
        if (option->kind == OPTION_LIST && last)
                return;
        if (!last && option->kind == OPTION_FLAG)
                last = "no";
        if (last && source == SETTING_DEFAULT)
                (void)fprintf(out, "# %s = %s\n", option->name, last);
        else if (last)
                (void)fprintf(out, "%s = %s\n", option->name, last);
        else
                (void)fprintf(out, "# %s =\n", option->name);
}

void settings_print(const struct settings *settings, FILE *out)
{
        const struct option_spec *option;
        int previous = -1;

        for (int source = SETTING_COMMAND_LINE; source >= SETTING_DEFAULT; source--)
                for (size_t i = 0; (option = option_at(settings, i)); i++) {
                        if (option->command_line_only || (int)source_of(settings, option) != source)
                                continue;
                        if (source != previous)
                                (void)fprintf(out, "%s# %s:\n", previous < 0 ? "" : "\n",
                                              source_names[source]);
                        previous = source;
                        print_option(settings, option, out);
                }
}
