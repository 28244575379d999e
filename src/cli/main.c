#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "cli/commands.h"
#include "cli/nearest.h"

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

/* The command that comes nearest to a word, to be asked about. */
static int complain_command(const char *word)
{
        const char *best = NULL;
        for (size_t i = 0; i < command_count; i++)
                nearest_consider(word, commands[i]->name, &best);
        if (best)
                (void)fprintf(stderr, "sluice: there is no command '%s': did you mean '%s'?\n",
                              word, best);
        else
                (void)fprintf(stderr, "sluice: there is no command '%s': see 'sluice --help'\n",
                              word);
        return EXIT_USAGE;
}

static int run(int argc, char *argv[])
{
        const struct command *subcommand = argc > 2 ? find_subcommand(argv[1], argv[2]) : NULL;
        if (subcommand)
                return command_run(subcommand, argc - 2, argv + 2);
        for (size_t i = 0; i < command_count; i++)
                if (strcmp(argv[1], commands[i]->name) == 0)
                        return command_run(commands[i], argc - 1, argv + 1);
        return complain_command(argv[1]);
}

/* "help serve", "help lab policy": as that command's --help. */
static int run_help(int argc, char *argv[])
{
        char *words[5] = {argv[0]}; /* and the NULL behind all */
        int count = 1;
        for (int i = 2; i < argc && count < 3; i++)
                words[count++] = argv[i];
        if (count == 1) {
                program_help(stdout);
                return EXIT_SUCCESS;
        }
        words[count++] = (char[]){"--help"};
        return run(count, words);
}

static int run_word(int argc, char *argv[])
{
        const char *word = argc > 1 ? argv[1] : NULL;

        if (!word) {
                program_help(stderr);
                return EXIT_USAGE;
        }
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
                program_help(stdout);
                return EXIT_SUCCESS;
        }
        if (strcmp(word, "help") == 0)
                return run_help(argc, argv);
        if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0 ||
            strcmp(word, "version") == 0) {
                (void)printf("sluice %s\n", SLUICE_VERSION);
                return EXIT_SUCCESS;
        }
        return run(argc, argv);
}

int main(int argc, char *argv[])
{
        int code = run_word(argc, argv);
        /* What did not arrive was not said, whatever else went well. */
        errno = 0;
        if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_SUCCESS) {
                (void)fprintf(stderr, "sluice: cannot write to standard output: %s\n",
                              errno ? strerror(errno) : "an error before");
                code = EXIT_FAILURE;
        }
        return code;
}
