#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "cli/commands.h"

/* "lab explain": the second word is part of the name. */
static const struct command *find_subcommand(const char *word, const char *second)
{
        for (size_t i = 0; i < subcommand_count; i++) {
                const char *own = subcommand_word(subcommands[i], word);
                if (own && strcmp(own, second) == 0)
                        return subcommands[i];
        }
        return NULL;
}

int main(int argc, char *argv[])
{
        const char *word = argc > 1 ? argv[1] : NULL;

        if (!word) {
                program_help(stderr);
                return EXIT_USAGE;
        }
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
                program_help(stdout);
                return EXIT_SUCCESS;
        }
        if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
                (void)printf("sluice %s\n", SLUICE_VERSION);
                return EXIT_SUCCESS;
        }
        const struct command *subcommand = argc > 2 ? find_subcommand(word, argv[2]) : NULL;
        if (subcommand)
                return command_run(subcommand, argc - 2, argv + 2);
        for (size_t i = 0; i < command_count; i++)
                if (strcmp(word, commands[i]->name) == 0)
                        return command_run(commands[i], argc - 1, argv + 1);
        (void)fprintf(stderr, "sluice: there is no command '%s': see 'sluice --help'\n", word);
        return EXIT_USAGE;
}
