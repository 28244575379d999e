#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/option_value.h"
#include "cli/reference.h"
#include "cli/settings.h"

/* Text as mdoc(7) must see it: a line may not begin like a macro, and a
 * backslash is not an escape. */
static void print_text(FILE *out, const char *text)
{
        bool begins = true;
        for (; *text; text++) {
                if (begins && (*text == '.' || *text == '\''))
                        (void)fputs("\\&", out);
                if (*text == '\\')
                        (void)fputs("\\e", out);
                else
                        (void)fputc(*text, out);
                begins = *text == '\n';
        }
}

/* The same for text that flows: each sentence begins a line, and the last one
 * gets its full stop. */
static void print_sentences(FILE *out, const char *text)
{
        const char *end;
        while ((end = strstr(text, ". "))) {
                char *sentence = strndup(text, (size_t)(end + 1 - text));
                print_text(out, sentence ? sentence : "");
                (void)fputc('\n', out);
                free(sentence);
                text = end + 2;
        }
        print_text(out, text);
        (void)fputs(".\n", out);
}

static void print_names(FILE *out, const struct option_spec *option, const char *separator)
{
        if (option->letter) {
                (void)fprintf(out, "Fl %c", option->letter);
                if (option->value)
                        (void)fprintf(out, " Ar %s", option->value);
                (void)fputs(separator, out);
        }
        (void)fprintf(out, "Fl -%s", option->name);
        if (option->value)
                (void)fprintf(out, "%s Ar %s", option->bare ? " Op" : "", option->value);
        (void)fputc('\n', out);
}

/* "[PATH]", or "FILE" where there must be one. */
static void print_operand_name(const struct command *command, FILE *out, bool in_synopsis)
{
        bool is_optional = command->operand[0] == '[';
        const char *name = command->operand + is_optional;

        if (in_synopsis)
                (void)fputs(is_optional ? ".Op " : ".", out);
        (void)fprintf(out, "Ar %.*s\n", (int)strcspn(name, "]"), name);
}

static void print_synopsis(const struct command *command, FILE *out)
{
        (void)fprintf(out, ".Nm sluice %s\n", command->name);
        const struct option_spec *option;
        for (size_t i = 0; (option = command_option(command, i)); i++) {
                (void)fputs(".Op ", out);
                print_names(out, option, " | ");
                if (option->kind == OPTION_LIST)
                        (void)fputs(".No ...\n", out);
        }
        if (command->operand)
                print_operand_name(command, out, true);
        (void)fprintf(out, ".Nm sluice %s\n.Fl h | -help\n", command->name);
}

static void print_choices(FILE *out, const struct option_spec *option)
{
        const char *choice;
        (void)fputs("One of", out);
        for (size_t i = 0; (choice = option->choice(i)); i++)
                (void)fprintf(out, "%s\n.Cm %s", i > 0 ? " ," : "", choice);
        (void)fputs(" .\n", out);
}

static void print_options(const struct command *command, FILE *out)
{
        (void)fputs("The options are:\n.Bl -tag -width Ds\n", out);
        const struct option_spec *option;
        for (size_t i = 0; (option = command_option(command, i)); i++) {
                (void)fputs(".It ", out);
                print_names(out, option, " , ");
                print_sentences(out, option->help);
                if (option->choice)
                        print_choices(out, option);
                if (option->default_text)
                        (void)fprintf(out, "The default is\n.Cm %s .\n", option->default_text);
        }
        (void)fputs(".It Fl h , Fl -help\nShow these options and exit.\n.El\n", out);
}

/* The options as the configuration file has them. */
static void print_keys(const struct command *command, FILE *out)
{
        char name[16], variable[ENVIRONMENT_NAME_SIZE];
        const struct option_spec operand = option_of_operand(command, name);

        (void)fputs(".Bl -tag -width Ds\n", out);
        const struct option_spec *option = &operand;
        for (size_t i = 0; option; option = command_option(command, i++)) {
                if (option->command_line_only)
                        continue;
                (void)fprintf(out, ".It Cm %s No = Ar %s\n", option->name,
                              option->value ? option->value : "yes|no");
                print_sentences(out, option->help);
                if (option->choice)
                        print_choices(out, option);
                if (option->default_text && option != &operand)
                        (void)fprintf(out, "The default is\n.Cm %s .\n", option->default_text);
                if (option->in_section)
                        (void)fprintf(out, "Also of a %s.\n", command->sections->name);
                (void)fprintf(out, "In the environment:\n.Ev %s .\n",
                              settings_environment_name(option, variable));
        }
        (void)fputs(".El\n", out);
}

static void print_operand(const struct command *command, FILE *out)
{
        if (!command->operand)
                return;
        (void)fputs(".Bl -tag -width Ds\n.It ", out);
        print_operand_name(command, out, false);
        print_sentences(out, command->operand_help);
        (void)fputs(".El\n.Pp\n", out);
}

static void print_details(const struct command *command, FILE *out)
{
        (void)fputs(".Bd -unfilled\n", out);
        print_text(out, command->details ? command->details : "");
        (void)fputs(".Ed\n", out);
}

/* A summary stands behind a dash there: no capital at its beginning. */
static void print_with_summary(const char *line, const struct command *command, FILE *out)
{
        const char *place = strstr(line, "@SUMMARY@");
        if (!place) {
                (void)fputs(line, out);
                return;
        }
        (void)fprintf(out, "%.*s%c%s%s", (int)(place - line), line,
                      tolower((unsigned char)command->summary[0]), command->summary + 1,
                      place + strlen("@SUMMARY@"));
}

static const struct {
        const char *line;
        void (*print)(const struct command *command, FILE *out);
} places[] = {
        {"@SYNOPSIS@\n", print_synopsis}, {"@OPERAND@\n", print_operand},
        {"@OPTIONS@\n", print_options},   {"@DETAILS@\n", print_details},
        {"@KEYS@\n", print_keys},
};

int reference_manual(const struct command *command, FILE *page, FILE *out)
{
        char *line = NULL;
        size_t size = 0;

        while (getline(&line, &size, page) > 0) {
                size_t i = 0;
                while (i < sizeof(places) / sizeof(places[0]) && strcmp(places[i].line, line) != 0)
                        i++;
                if (i < sizeof(places) / sizeof(places[0]))
                        places[i].print(command, out);
                else
                        print_with_summary(line, command, out);
        }
        free(line);
        return ferror(page) || ferror(out) ? -EIO : 0;
}
