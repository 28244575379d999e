/* What the shells propose. bash(1): Programmable Completion; zshcompsys(1),
 * _arguments; fish's complete(1). */
#include <string.h>

#include "cli/reference.h"

/* Text between single quotes; the characters of also get a backslash. */
static void print_quoted(FILE *out, const char *text, const char *also)
{
        for (; *text; text++) {
                if (*text == '\'')
                        (void)fputs("'\\''", out);
                else
                        (void)fprintf(out, "%s%c", strchr(also, *text) ? "\\" : "", *text);
        }
}

static void print_choices(FILE *out, const struct option_spec *option)
{
        const char *choice;
        for (size_t i = 0; option->choice && (choice = option->choice(i)); i++)
                (void)fprintf(out, "%s%s", i > 0 ? " " : "", choice);
}

/* Calls print for all commands, those of two words as well. */
static void print_each(FILE *out, void (*print)(FILE *out, const struct command *command))
{
        for (size_t i = 0; i < command_count; i++)
                print(out, commands[i]);
        for (size_t i = 0; i < subcommand_count; i++)
                print(out, subcommands[i]);
}

/* The second words there are behind a command's name, a space before each. */
static void print_second_words(FILE *out, const struct command *command)
{
        for (size_t i = 0; i < subcommand_count; i++) {
                const char *word = subcommand_word(subcommands[i], command->name);
                if (word)
                        (void)fprintf(out, " %s", word);
        }
}

/* The names of two words, each in quotation marks. */
static void print_long_names(FILE *out)
{
        for (size_t i = 0; i < subcommand_count; i++)
                (void)fprintf(out, "%s'%s'", i > 0 ? " | " : "", subcommands[i]->name);
}

/* ---- bash ---- */

static void bash_values(FILE *out, const struct command *command)
{
        const struct option_spec *option;
        for (size_t i = 0; (option = command_option(command, i)); i++) {
                if (!option->value)
                        continue;
                (void)fprintf(out, "    '%s':--%s", command->name, option->name);
                if (option->letter)
                        (void)fprintf(out, " | '%s':-%c", command->name, option->letter);
                (void)fputs(") values='", out);
                print_choices(out, option);
                (void)fputs("' ;;\n", out);
        }
}

static void bash_options(FILE *out, const struct command *command)
{
        const struct option_spec *option;
        (void)fprintf(out, "        '%s') words='--help", command->name);
        for (size_t i = 0; (option = command_option(command, i)); i++)
                (void)fprintf(out, " --%s", option->name);
        (void)fputs("' ;;\n", out);
}

static void bash_second_words(FILE *out, const struct command *command)
{
        (void)fprintf(out, "        %s) words='", command->name);
        print_second_words(out, command);
        (void)fputs("' ;;\n", out);
}

void reference_bash(FILE *out)
{
        (void)fputs("# bash completion for sluice; written by the build from its option table\n"
                    "_sluice() {\n"
                    "    local current=${COMP_WORDS[COMP_CWORD]} values words=\n"
                    "    local previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
                    "    # readline takes --name=value apart.\n"
                    "    [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
                    "    [[ $current == = ]] && current=\n"
                    "    if ((COMP_CWORD == 1)); then\n"
                    "        words='--help --version",
                    out);
        for (size_t i = 0; i < command_count; i++)
                (void)fprintf(out, " %s", commands[i]->name);
        (void)fputs("'\n"
                    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
                    "        return\n"
                    "    fi\n"
                    "    local command=${COMP_WORDS[1]}\n"
                    "    ((COMP_CWORD > 2)) && case \"$command ${COMP_WORDS[2]}\" in\n"
                    "    ",
                    out);
        print_long_names(out);
        (void)fputs(") command+=\" ${COMP_WORDS[2]}\" ;;\n"
                    "    esac\n"
                    "    case $command:$previous in\n",
                    out);
        print_each(out, bash_values);
        (void)fputs("    esac\n"
                    "    if [[ -v values ]]; then\n"
                    "        mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$current\")\n"
                    "    elif [[ $current == -* ]]; then\n"
                    "        case $command in\n",
                    out);
        print_each(out, bash_options);
        (void)fputs("        esac\n"
                    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
                    "    else\n"
                    "        ((COMP_CWORD == 2)) && case $command in\n",
                    out);
        for (size_t i = 0; i < command_count; i++)
                bash_second_words(out, commands[i]);
        (void)fputs("        esac\n"
                    "        compopt -o filenames 2>/dev/null\n"
                    "        mapfile -t COMPREPLY < <(compgen -f -W \"$words\" -- \"$current\")\n"
                    "    fi\n"
                    "}\n"
                    "complete -F _sluice sluice\n",
                    out);
}

/* ---- zsh ---- */

static void zsh_option(FILE *out, const struct option_spec *option)
{
        const char *many = option->kind == OPTION_LIST ? "*" : "";
        const char *equals = option->value ? "=" : "";

        if (option->letter && !*many)
                (void)fprintf(out, " \\\n            '(-%c --%s)'{-%c%s,--%s%s}'[", option->letter,
                              option->name, option->letter, option->value ? "+" : "", option->name,
                              equals);
        else if (option->letter)
                (void)fprintf(out, " \\\n            '*'{-%c%s,--%s%s}'[", option->letter,
                              option->value ? "+" : "", option->name, equals);
        else
                (void)fprintf(out, " \\\n            '%s--%s%s[", many, option->name, equals);
        print_quoted(out, option->help, "[]:\\");
        (void)fputc(']', out);
        if (option->value) {
                (void)fprintf(out, ":%s:", option->value);
                if (option->choice) {
                        (void)fputc('(', out);
                        print_choices(out, option);
                        (void)fputc(')', out);
                }
        }
        (void)fputc('\'', out);
}

static void zsh_command(FILE *out, const struct command *command)
{
        const struct option_spec *option;
        (void)fprintf(out, "    '%s')\n        _arguments -S", command->name);
        for (size_t i = 0; (option = command_option(command, i)); i++)
                zsh_option(out, option);
        (void)fputs(" \\\n            '(- *)'{-h,--help}'[Show the options]'", out);
        if (command->operand) {
                (void)fputs(" \\\n            '1:path:{_files; compadd --", out);
                print_second_words(out, command);
                (void)fputs("}'", out);
        }
        (void)fputs("\n        ;;\n", out);
}

void reference_zsh(FILE *out)
{
        (void)fputs("#compdef sluice\n"
                    "# zsh completion for sluice; written by the build from its option table\n"
                    "_sluice() {\n"
                    "    local -a commands=(\n",
                    out);
        for (size_t i = 0; i < command_count; i++) {
                (void)fprintf(out, "        '%s:", commands[i]->name);
                print_quoted(out, commands[i]->summary, ":\\");
                (void)fputs("'\n", out);
        }
        (void)fputs("    )\n"
                    "    if ((CURRENT == 2)); then\n"
                    "        _describe command commands\n"
                    "        return\n"
                    "    fi\n"
                    "    shift words\n"
                    "    ((CURRENT--))\n"
                    "    local command=$words[1]\n"
                    "    ((CURRENT > 2)) && case \"$words[1] $words[2]\" in\n"
                    "    (",
                    out);
        print_long_names(out);
        (void)fputs(")\n"
                    "        command=\"$words[1] $words[2]\"\n"
                    "        shift words\n"
                    "        ((CURRENT--))\n"
                    "        ;;\n"
                    "    esac\n"
                    "    case $command in\n",
                    out);
        print_each(out, zsh_command);
        (void)fputs("    esac\n"
                    "}\n"
                    "_sluice \"$@\"\n",
                    out);
}

/* ---- fish ---- */

/* The condition for what belongs to a command: its words are there, and none
 * that makes it another one. */
static void fish_condition(FILE *out, const struct command *command)
{
        const char *space = strchr(command->name, ' ');

        (void)fprintf(out, "complete -c sluice -n '__fish_seen_subcommand_from %.*s",
                      (int)strcspn(command->name, " "), command->name);
        if (space)
                (void)fprintf(out, "; and __fish_seen_subcommand_from%s", space);
        for (size_t i = 0, any = 0; !space && i < subcommand_count; i++) {
                const char *word = subcommand_word(subcommands[i], command->name);
                if (word)
                        (void)fprintf(out, "%s %s",
                                      any++ ? "" : "; and not __fish_seen_subcommand_from", word);
        }
        (void)fputc('\'', out);
}

static void fish_option(FILE *out, const struct command *command, const struct option_spec *option)
{
        fish_condition(out, command);
        if (option->letter)
                (void)fprintf(out, " -s %c", option->letter);
        (void)fprintf(out, " -l %s", option->name);
        if (option->value)
                (void)fputs(" -x", out);
        if (option->choice) {
                (void)fputs(" -a '", out);
                print_choices(out, option);
                (void)fputc('\'', out);
        }
        /* fish ends a quotation mark within quotation marks with a backslash. */
        (void)fputs(" -d \"", out);
        for (const char *text = option->help; *text; text++)
                (void)fprintf(out, "%s%c", strchr("\"$\\", *text) ? "\\" : "", *text);
        (void)fputs("\"\n", out);
}

static void fish_command(FILE *out, const struct command *command)
{
        for (size_t i = 0; i < subcommand_count; i++) {
                const char *word = subcommand_word(subcommands[i], command->name);
                if (!word)
                        continue;
                fish_condition(out, command);
                (void)fprintf(out, " -a %s -d \"%s\"\n", word, subcommands[i]->summary);
        }
        const struct option_spec *option;
        for (size_t i = 0; (option = command_option(command, i)); i++)
                fish_option(out, command, option);
}

void reference_fish(FILE *out)
{
        (void)fputs("# fish completion for sluice; written by the build from its option table\n"
                    "complete -c sluice -n __fish_use_subcommand -f\n"
                    "complete -c sluice -n __fish_use_subcommand -l version -d 'Show the version'\n"
                    "complete -c sluice -s h -l help -d 'Show the options'\n",
                    out);
        for (size_t i = 0; i < command_count; i++)
                (void)fprintf(out, "complete -c sluice -n __fish_use_subcommand -a %s -d \"%s\"\n",
                              commands[i]->name, commands[i]->summary);
        print_each(out, fish_command);
}
