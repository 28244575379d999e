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
        print_wrapped(out, text, column);
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
                print_wrapped(out, command->operand_help, column);
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
                print_wrapped(out, commands[i]->summary, column);
        }
        (void)fprintf(out, "\n  -h, --help              Show this and exit\n"
                           "      --version           Show the version and exit\n\n"
                           "'sluice COMMAND --help' tells more.\n");
}
