#include "cli/settings.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nearest.h"
#include "cli/option_value.h"

/* ---- What there is ---- */

const struct option_spec *settings_option(const struct settings *settings, size_t index)
{
        const struct command *command = settings->command;
        const struct option_spec *option = command_option(command, index);
        bool behind_last = !option && (index == 0 || command_option(command, index - 1));
        return behind_last && command->operand ? &settings->operand : option;
}

const struct option_spec *settings_find(const struct settings *settings, const char *name)
{
        const struct option_spec *option;
        for (size_t i = 0; (option = settings_option(settings, i)); i++)
                if (strcmp(option->name, name) == 0)
                        return option;
        return NULL;
}

const char *settings_nearest(const struct settings *settings, const char *name, bool as_key)
{
        const struct option_spec *option;
        const char *best = NULL;
        for (size_t i = 0; (option = settings_option(settings, i)); i++)
                if (as_key ? !option->command_line_only : option != &settings->operand)
                        nearest_consider(name, option->name, &best);
        return best;
}

/* ---- Gathering ---- */

static int add(struct settings *settings, const struct option_spec *option,
               enum setting_source source, size_t section, const char *text)
{
        struct setting *list =
                realloc(settings->list, (settings->count + 1) * sizeof(settings->list[0]));
        if (!list)
                return -ENOMEM;
        settings->list = list;
        char *copy = text ? strdup(text) : NULL;
        if (text && !copy)
                return -ENOMEM;
        list[settings->count++] = (struct setting){option, source, section, copy};
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
        for (size_t i = 0; (option = settings_option(settings, i)) && r == 0; i++)
                if (option->default_text && option->kind != OPTION_LIST)
                        r = add(settings, option, SETTING_DEFAULT, 0, option->default_text);
        return r;
}

void settings_done(struct settings *settings)
{
        for (size_t i = 0; i < settings->count; i++)
                free(settings->list[i].text);
        for (size_t i = 0; i < settings->section_count; i++)
                free(settings->sections[i].words);
        free(settings->sections);
        free(settings->list);
        free(settings->scratch);
        *settings = (struct settings){0};
}

static int try_and_add(struct settings *settings, const struct option_spec *option,
                       enum setting_source source, size_t section, const char *text)
{
        const struct setting *last = settings->count ? &settings->list[settings->count - 1] : NULL;

        /* A list of one source says nothing about how long another's is. */
        if (last && (last->source != source || last->section != section))
                memset(settings->scratch, 0, settings->command->size);
        int r = option_set(option, text, settings->scratch);
        return r < 0 ? r : add(settings, option, source, section, text);
}

int settings_add(struct settings *settings, const struct option_spec *option,
                 enum setting_source source, const char *text)
{
        return try_and_add(settings, option, source, 0, text);
}

int settings_add_of_file(struct settings *settings, const struct option_spec *option,
                         enum setting_source source, const char *text)
{
        return try_and_add(settings, option, source, settings->section_count, text);
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

        for (size_t i = 0; (option = settings_option(settings, i)); i++) {
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
