#include <string.h>

#include "cli/options.h"

#define TEXT_COLUMN 26
#define LINE_WIDTH 80

/* Prints text from TEXT_COLUMN on, broken between words. column: where the
 * cursor is. */
static void print_wrapped(FILE *out, const char *text, size_t column)
{
        if (column + 2 > TEXT_COLUMN) {
                (void)fputc('\n', out);
                column = 0;
        }
        (void)fprintf(out, "%*s", (int)(TEXT_COLUMN - column), "");
        column = TEXT_COLUMN;
        while (*text) {
                size_t word = strcspn(text, " ");
                if (column > TEXT_COLUMN && column + 1 + word > LINE_WIDTH) {
                        (void)fprintf(out, "\n%*s", TEXT_COLUMN, "");
                        column = TEXT_COLUMN;
                }
                if (column > TEXT_COLUMN) {
                        (void)fputc(' ', out);
                        column++;
                }
                (void)fwrite(text, 1, word, out);
                column += word;
                text += word + (text[word] == ' ');
        }
        (void)fputc('\n', out);
}

static void print_option(FILE *out, const struct option_spec *option)
{
        char text[512];
        int column = option->letter ? fprintf(out, "  -%c, --%s", option->letter, option->name)
                                    : fprintf(out, "      --%s", option->name);
        if (option->value)
                column += fprintf(out, " %s", option->value);
        if (option->default_text)
                (void)snprintf(text, sizeof(text), "%s (default: %s)", option->help,
                               option->default_text);
        else
                (void)snprintf(text, sizeof(text), "%s", option->help);
        print_wrapped(out, text, column > 0 ? (size_t)column : 0);
}

static const struct option_spec help_option = {
        .name = "help",
        .letter = 'h',
        .help = "Show this and exit",
};

void command_help(const struct command *command, FILE *out)
{
        (void)fprintf(out, "Usage: sluice %s [OPTION]...%s%s\n%s.\n\n", command->name,
                      command->operand ? " " : "", command->operand ? command->operand : "",
                      command->summary);
        if (command->operand) {
                int column = fprintf(out, "  %s", command->operand);
                print_wrapped(out, command->operand_help, column > 0 ? (size_t)column : 0);
                (void)fputc('\n', out);
        }
        for (size_t i = 0; i < command->option_count; i++)
                print_option(out, &command->options[i]);
        print_option(out, &help_option);
        if (command->details)
                (void)fprintf(out, "\n%s", command->details);
}

void program_help(FILE *out)
{
        (void)fprintf(out, "Usage: sluice COMMAND [OPTION]...\n"
                           "Moves files from a disk to a network without copying them.\n\n");
        for (size_t i = 0; i < command_count; i++) {
                int column = fprintf(out, "  %s", commands[i]->name);
                print_wrapped(out, commands[i]->summary, column > 0 ? (size_t)column : 0);
        }
        (void)fprintf(out, "\n  -h, --help              Show this and exit\n"
                           "      --version           Show the version and exit\n\n"
                           "'sluice COMMAND --help' tells more.\n");
}
