#include <string.h>

#include "cli/options.h"
#include "cli/wrap.h"

#define TEXT_COLUMN 26
#define LINE_WIDTH 80

/* column: where the cursor is. */
static void print_wrapped(FILE *out, const char *text, int column)
{
        /* Two spaces at least keep a name apart from its text. */
        wrap_print(out, text, column + 2 > TEXT_COLUMN ? TEXT_COLUMN + 1 : column, TEXT_COLUMN,
                   LINE_WIDTH);
}

/* What fits a line: up to where it goes into detail. */
static int brief_length(const char *help)
{
        size_t length = strcspn(help, ";");
        const char *end = strstr(help, ". ");
        return end && (size_t)(end - help) < length ? (int)(end - help) : (int)length;
}

static void print_option(FILE *out, const struct option_spec *option, bool all)
{
        char text[512];
        int length = all ? (int)strlen(option->help) : brief_length(option->help);
        int column = option->letter ? fprintf(out, "  -%c, --%s", option->letter, option->name)
                                    : fprintf(out, "      --%s", option->name);
        if (option->value)
                column += fprintf(out, option->bare ? " [%s]" : " %s", option->value);
        if (option->default_text)
                (void)snprintf(text, sizeof(text), "%.*s (default: %s)", length, option->help,
                               option->default_text);
        else
                (void)snprintf(text, sizeof(text), "%.*s", length, option->help);
        print_wrapped(out, text, column);
}

static const struct option_spec help_option = {
        .name = "help",
        .letter = 'h',
        .help = "Show this and exit",
};

static const struct option_spec help_all_option = {
        .name = "help all",
        .help = "Show all options and exit",
};

static bool has_common(const struct command *command)
{
        const struct option_spec *option;
        for (size_t i = 0; (option = command_option(command, i)); i++)
                if (option->common)
                        return true;
        return false;
}

static void print_group(FILE *out, const struct option_group *group, bool all)
{
        if (all && group->title)
                (void)fprintf(out, "\n%s:\n", group->title);
        for (size_t i = 0; i < group->count; i++)
                if (all || group->options[i].common)
                        print_option(out, &group->options[i], all);
}

/* "lab" has "lab explain" and others: their names, or what they do as well. */
static void print_subcommands(const struct command *command, bool all, FILE *out)
{
        size_t count = 0;

        for (size_t i = 0; i < subcommand_count; i++) {
                const char *word = subcommand_word(subcommands[i], command->name);
                if (!word)
                        continue;
                count++;
                if (!all) {
                        if (count == 1)
                                (void)fprintf(out, "  Also: sluice %s", command->name);
                        (void)fprintf(out, "%s %s", count == 1 ? "" : ",", word);
                        continue;
                }
                int column =
                        fprintf(out, "%s  sluice %s", count == 1 ? "\n" : "", subcommands[i]->name);
                print_wrapped(out, subcommands[i]->summary, column - (count == 1));
        }
        if (count > 0 && !all)
                (void)fputc('\n', out);
}

void command_help(const struct command *command, bool all, FILE *out)
{
        bool titled = command->groups[0] && command->groups[0]->title;
        all = all || !has_common(command);
        (void)fprintf(out, "Usage: sluice %s [OPTION]...%s%s\n%s.\n\n", command->name,
                      command->operand ? " " : "", command->operand ? command->operand : "",
                      command->summary);
        if (command->operand) {
                int column = fprintf(out, "  %s", command->operand);
                print_wrapped(out, command->operand_help, column);
                if (!all || !titled)
                        (void)fputc('\n', out);
        }
        for (size_t i = 0; command->groups[i]; i++)
                print_group(out, command->groups[i], all);
        if (all && titled)
                (void)fputc('\n', out);
        print_option(out, &help_option, all);
        if (!all)
                print_option(out, &help_all_option, all);
        print_subcommands(command, all, out);
        if (all && command->details)
                (void)fprintf(out, "\n%s", command->details);
}

void program_help(FILE *out)
{
        (void)fprintf(out, "Usage: sluice COMMAND [OPTION]...\n"
                           "Moves files from a disk to a network without copying them.\n\n");
        for (size_t i = 0; i < command_count; i++) {
                int column = fprintf(out, "  %s", commands[i]->name);
                print_wrapped(out, commands[i]->summary, column);
        }
        (void)fprintf(out, "\n  -h, --help              Show this and exit\n"
                           "      --version           Show the version and exit\n\n"
                           "'sluice COMMAND --help' tells more.\n");
}
