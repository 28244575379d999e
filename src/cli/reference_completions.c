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

/* ---- bash ---- */

static void bash_values(FILE *out, const struct command *command)
{
        for (size_t i = 0; i < command->option_count; i++) {
                const struct option_spec *option = &command->options[i];
                if (!option->value)
                        continue;
                (void)fprintf(out, "    %s:--%s", command->name, option->name);
                if (option->letter)
                        (void)fprintf(out, " | %s:-%c", command->name, option->letter);
                (void)fputs(") values='", out);
                print_choices(out, option);
                (void)fputs("' ;;\n", out);
        }
}

static void bash_options(FILE *out, const struct command *command)
{
        (void)fprintf(out, "        %s) words='--help", command->name);
        for (size_t i = 0; i < command->option_count; i++)
                (void)fprintf(out, " --%s", command->options[i].name);
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
                    "    case ${COMP_WORDS[1]}:$previous in\n",
                    out);
        for (size_t i = 0; i < command_count; i++)
                bash_values(out, commands[i]);
        (void)fputs("    esac\n"
                    "    if [[ -v values ]]; then\n"
                    "        mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$current\")\n"
                    "    elif [[ $current == -* ]]; then\n"
                    "        case ${COMP_WORDS[1]} in\n",
                    out);
        for (size_t i = 0; i < command_count; i++)
                bash_options(out, commands[i]);
        (void)fputs("        esac\n"
                    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
                    "    else\n"
                    "        compopt -o filenames 2>/dev/null\n"
                    "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
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
                    "    case $words[1] in\n",
                    out);
        for (size_t i = 0; i < command_count; i++) {
                const struct command *command = commands[i];
                (void)fprintf(out, "    %s)\n        _arguments -S", command->name);
                for (size_t j = 0; j < command->option_count; j++)
                        zsh_option(out, &command->options[j]);
                (void)fputs(" \\\n            '(- *)'{-h,--help}'[Show the options]'", out);
                (void)fputs(command->operand ? " \\\n            '1:path:_files'\n        ;;\n"
                                             : "\n        ;;\n",
                            out);
        }
        (void)fputs("    esac\n"
                    "}\n"
                    "_sluice \"$@\"\n",
                    out);
}

/* ---- fish ---- */

static void fish_option(FILE *out, const struct command *command, const struct option_spec *option)
{
        (void)fprintf(out, "complete -c sluice -n '__fish_seen_subcommand_from %s'", command->name);
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
        for (size_t i = 0; i < command_count; i++)
                for (size_t j = 0; j < commands[i]->option_count; j++)
                        fish_option(out, commands[i], &commands[i]->options[j]);
}
