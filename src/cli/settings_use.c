/* What comes of all sources together. */
#include <assert.h>

#include "cli/option_value.h"
#include "cli/settings.h"

static const char *const source_names[] = {
        [SETTING_DEFAULT] = "default",
        [SETTING_POLICY] = "policy",
        [SETTING_FILE] = "file",
        [SETTING_ENVIRONMENT] = "environment",
        [SETTING_COMMAND_LINE] = "command line",
};

/* Where the values of an option are that count. */
struct place {
        size_t section;
        enum setting_source source;
};

/* A section's own word outweighs whatever is said outside of it. */
static struct place place_of(const struct settings *settings, const struct option_spec *option,
                             size_t section)
{
        struct place place = {0, SETTING_DEFAULT};
        for (size_t i = 0; i < settings->count; i++) {
                const struct setting *setting = &settings->list[i];
                if (setting->option != option)
                        continue;
                if (section > 0 && setting->section == section)
                        return (struct place){section, setting->source};
                if (setting->section == 0 && setting->source > place.source)
                        place.source = setting->source;
        }
        return place;
}

/* The next value of the option that counts, from *index on; NULL: no more. */
static const struct setting *next_value(const struct settings *settings,
                                        const struct option_spec *option, struct place place,
                                        size_t *index)
{
        while (*index < settings->count) {
                const struct setting *setting = &settings->list[(*index)++];
                if (setting->option == option && setting->section == place.section &&
                    setting->source == place.source)
                        return setting;
        }
        return NULL;
}

static void apply_option(const struct settings *settings, const struct option_spec *option,
                         size_t section, void *target)
{
        struct place place = place_of(settings, option, section);
        const struct setting *setting;

        for (size_t i = 0; (setting = next_value(settings, option, place, &i));) {
                /* It was tried when it was added; the defaults are our own. */
                int r = option_set(option, setting->text, target);
                assert(r == 0);
                (void)r;
                if (setting->source > SETTING_POLICY && option->second_offset &&
                    option->kind != OPTION_LIST)
                        *(bool *)((char *)target + option->second_offset) = true;
        }
}

void settings_apply(const struct settings *settings, size_t section, void *target)
{
        const struct option_spec *option;
        for (size_t i = 0; (option = settings_option(settings, i)); i++)
                apply_option(settings, option, section, target);
}

/* ---- Printing ---- */

static const char *shown(const struct setting *setting)
{
        return setting->text ? setting->text : "yes";
}

static void print_option(const struct settings *settings, const struct option_spec *option,
                         struct place place, FILE *out)
{
        const struct setting *setting;
        const char *last = NULL;

        for (size_t i = 0; (setting = next_value(settings, option, place, &i));) {
                last = shown(setting);
                if (option->kind == OPTION_LIST)
                        (void)fprintf(out, "%s = %s\n", option->name, last);
        }
        if (option->kind == OPTION_LIST && last)
                return;
        if (!last && option->kind == OPTION_FLAG)
                last = "no";
        if (last && place.source == SETTING_DEFAULT)
                (void)fprintf(out, "# %s = %s\n", option->name, last);
        else if (last)
                (void)fprintf(out, "%s = %s\n", option->name, last);
        else
                (void)fprintf(out, "# %s =\n", option->name);
}

/* What it says itself. */
static void print_section(const struct settings *settings, size_t section, FILE *out)
{
        const struct option_spec *option;

        (void)fprintf(out, "\n[%s %s]\n", settings->command->sections->name,
                      settings->sections[section - 1]);
        for (size_t i = 0; (option = settings_option(settings, i)); i++) {
                struct place place = place_of(settings, option, section);
                if (place.section == section)
                        print_option(settings, option, place, out);
        }
}

void settings_print(const struct settings *settings, FILE *out)
{
        const struct option_spec *option;
        int previous = -1;

        for (int source = SETTING_COMMAND_LINE; source >= SETTING_DEFAULT; source--)
                for (size_t i = 0; (option = settings_option(settings, i)); i++) {
                        struct place place = place_of(settings, option, 0);
                        if (option->command_line_only || (int)place.source != source)
                                continue;
                        if (source != previous)
                                (void)fprintf(out, "%s# %s:\n", previous < 0 ? "" : "\n",
                                              source_names[source]);
                        previous = source;
                        print_option(settings, option, place, out);
                }
        for (size_t section = 1; section <= settings->section_count; section++)
                print_section(settings, section, out);
}
