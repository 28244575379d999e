/* reference manual COMMAND <PAGE.in | bash | zsh | fish: run by the build. */
#include "cli/reference.h"

#include <stdlib.h>
#include <string.h>

static int manual(const char *name)
{
        for (size_t i = 0; i < command_count; i++)
                if (strcmp(commands[i]->name, name) == 0)
                        return reference_manual(commands[i], stdin, stdout);
        for (size_t i = 0; i < subcommand_count; i++)
                if (strcmp(subcommands[i]->name, name) == 0)
                        return reference_manual(subcommands[i], stdin, stdout);
        return -1;
}

int main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "";
        int r = 0;

        if (strcmp(what, "manual") == 0 && argc == 3)
                r = manual(argv[2]);
        else if (strcmp(what, "bash") == 0)
                reference_bash(stdout);
        else if (strcmp(what, "zsh") == 0)
                reference_zsh(stdout);
        else if (strcmp(what, "fish") == 0)
                reference_fish(stdout);
        else
                r = -1;
        if (r < 0 || fflush(stdout) == EOF) {
                (void)fprintf(stderr,
                              "usage: reference manual COMMAND <PAGE | bash | zsh | fish\n");
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
