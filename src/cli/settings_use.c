/* What comes of all sources together. */
#include <assert.h>
#include <string.h>

#include "cli/option_value.h"
#include "cli/settings.h"

static const char *const source_names[] = {
        [SETTING_DEFAULT] = "default",
        [SETTING_POLICY] = "policy",
        [SETTING_FILE] = "file",
        [SETTING_ENVIRONMENT] = "environment",
        [SETTING_COMMAND_LINE] = "command line",
};

/* The weightiest that says something of the option, outside of all sections. */
static enum setting_source source_of(const struct settings *settings,
                                     const struct option_spec *option)
{
        enum setting_source source = SETTING_DEFAULT;
        for (size_t i = 0; i < settings->count; i++) {
                const struct setting *setting = &settings->list[i];
                if (setting->option == option && setting->section == 0 && setting->source > source)
                        source = setting->source;
        }
        return source;
}

bool settings_counts(const struct settings *settings, const struct setting *setting)
{
        return setting->section == 0 && setting->source == source_of(settings, setting->option);
}

/* The next value of the option that counts, from *index on; NULL: no more. */
static const struct setting *next_value(const struct settings *settings,
                                        const struct option_spec *option,
                                        enum setting_source source, size_t *index)
{
        while (*index < settings->count) {
                const struct setting *setting = &settings->list[(*index)++];
                if (setting->option == option && setting->section == 0 && setting->source == source)
                        return setting;
        }
        return NULL;
}

static void apply(const struct setting *setting, void *target)
{
        const struct option_spec *option = setting->option;
        /* It was tried when it was added; the defaults are our own. */
        int r = option_set(option, setting->text, target);
        assert(r == 0);
        (void)r;
        if (setting->source > SETTING_POLICY && option->second_offset &&
            option->kind != OPTION_LIST)
                *(bool *)((char *)target + option->second_offset) = true;
}

void settings_apply(const struct settings *settings, void *target)
{
        const struct option_spec *option;
        const struct setting *setting;

        for (size_t i = 0; (option = settings_option(settings, i)); i++) {
                enum setting_source source = source_of(settings, option);
                for (size_t k = 0; (setting = next_value(settings, option, source, &k));)
                        apply(setting, target);
        }
}

/* The index-th thing that a section says; NULL behind the last. */
static const struct setting *said(const struct settings *settings, size_t section, size_t index)
{
        index += settings->sections[section].first;
        return index < settings->count && settings->list[index].section == section + 1
                       ? &settings->list[index]
                       : NULL;
}

void settings_apply_section(const struct settings *settings, size_t section, void *target)
{
        const struct setting *setting;

        /* Its lists replace those from outside. */
        for (size_t i = 0; (setting = said(settings, section, i)); i++)
                if (setting->option->kind == OPTION_LIST)
                        *(size_t *)((char *)target + setting->option->second_offset) = 0;
        for (size_t i = 0; (setting = said(settings, section, i)); i++)
                apply(setting, target);
}

/* ---- Printing ---- */

static const char *shown(const struct setting *setting)
{
        return setting->text ? setting->text : "yes";
}

/* A file has no way to say some values: a comment begins within them. */
static bool fits_file(const char *text)
{
        for (const char *c = text; *c; c++)
                if (*c == '\n' || (*c == ';' && c > text && strchr(" \t", c[-1])))
                        return false;
        return text[0] == '\0' || !strchr(" \t", text[strlen(text) - 1]);
}

static void print_line(const char *mark, const char *name, const char *text, FILE *out)
{
        if (!fits_file(text))
                mark = "# (not for a file) ";
        /* A semicolon is no comment only where it follows no blank. */
        (void)fprintf(out, "%s%s =%s%s\n", mark, name, text[0] == ';' ? "" : " ", text);
}

static void print_option(const struct settings *settings, const struct option_spec *option,
                         enum setting_source source, FILE *out)
{
        const struct setting *setting;
        const char *last = NULL;

        for (size_t i = 0; (setting = next_value(settings, option, source, &i));) {
                last = shown(setting);
                if (option->kind == OPTION_LIST)
                        print_line("", option->name, last, out);
        }
        if (option->kind == OPTION_LIST && last)
                return;
        if (!last && option->kind == OPTION_FLAG)
                last = "no";
        if (last && source == SETTING_DEFAULT)
                print_line("# ", option->name, last, out);
        else if (last)
                print_line("", option->name, last, out);
        else
                (void)fprintf(out, "# %s =\n", option->name);
}

static void print_section(const struct settings *settings, size_t section, FILE *out)
{
        const struct setting *setting;

        (void)fprintf(out, "\n[%s %s]\n", settings->command->sections->name,
                      settings->sections[section].words);
        for (size_t i = 0; (setting = said(settings, section, i)); i++)
                print_line("", setting->option->name, shown(setting), out);
}

void settings_print(const struct settings *settings, FILE *out)
{
        const struct option_spec *option;
        int previous = -1;

        for (int source = SETTING_COMMAND_LINE; source >= SETTING_DEFAULT; source--)
                for (size_t i = 0; (option = settings_option(settings, i)); i++) {
                        if (option->command_line_only || (int)source_of(settings, option) != source)
                                continue;
                        if (source != previous)
                                (void)fprintf(out, "%s# %s:\n", previous < 0 ? "" : "\n",
                                              source_names[source]);
                        previous = source;
                        print_option(settings, option, (enum setting_source)source, out);
                }
        for (size_t section = 0; section < settings->section_count; section++)
                print_section(settings, section, out);
}
