#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "cli/commands.h"

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
        for (size_t i = 0; i < command_count; i++)
                if (strcmp(word, commands[i]->name) == 0)
                        return command_run(commands[i], argc - 1, argv + 1);
        (void)fprintf(stderr, "sluice: there is no command '%s': see 'sluice --help'\n", word);
        return EXIT_USAGE;
}
