/* The one option table. From it come parsing, the environment's names, the
 * configuration file's keys, --help, the manual pages and the completions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit codes of the program. */
#define EXIT_USAGE 2

enum option_kind {
        OPTION_FLAG, /* bool */
        OPTION_NUMBER, /* uint64_t, min..max */
        OPTION_SIZE, /* uint64_t in bytes: "64K", "2M" */
        OPTION_DURATION, /* uint64_t in ms: "10s", "250ms" */
        OPTION_TEXT, /* const char * */
        OPTION_LIST, /* const char *[capacity], with a size_t counter; may be repeated */
};

struct option_spec {
        const char *name; /* long, without the dashes */
        char letter; /* 0: none */
        enum option_kind kind;
        const char *value; /* what stands for the value in help; NULL for a flag */
        const char *default_text; /* parsed before the command line is; NULL: zero */
        const char *help; /* one sentence without the full stop */
        size_t offset; /* of the field in the command's structure */
        size_t second_offset; /* LIST: the counter; else a bool "it was given" by more than a
                                 policy, or 0 */
        uint64_t minimum, maximum; /* NUMBER, SIZE, DURATION (ms); LIST: maximum is the capacity */
        /* NULL, or what a TEXT or LIST value must pass: 0, or -EINVAL. */
        int (*check)(const char *value);
        const char *expected; /* in words, for the message when check fails; NULL: the choices */
        const char *bare; /* with a check: the value where the command line gives none, and what
                             follows does not pass; NULL: one is needed */
        /* NULL, or the index-th of the values there are, NULL behind the last. Without
         * a check the value must be one of them. */
        const char *(*choice)(size_t index);
        bool common; /* in the short --help; where none is, all are */
        bool command_line_only; /* neither a key nor in the environment */
        bool in_policy; /* may stand in a policy file as well */
        bool in_section; /* and in a section of the configuration file */
};

/* Options that belong together. */
struct option_group {
        const char *title; /* NULL: the command has no other group */
        const struct option_spec *options;
        size_t count;
};

#define OPTIONS(array) .options = (array), .count = sizeof(array) / sizeof((array)[0])
#define ONE_GROUP(array)                                           \
        (const struct option_group *const[])                       \
        {                                                          \
                &(const struct option_group){OPTIONS(array)}, NULL \
        }

/* Sections "[NAME word word...]", of what is set for those words only. */
struct section_kind {
        const char *name;
        size_t maximum;
        int (*check)(const char *word); /* 0 or -EINVAL */
        const char *expected; /* in words */
        /* Into the command's structure: the words, a blank between two, and such a
         * structure filled in for the section; the last section first. Both are there
         * as long as it is. */
        void (*add)(void *options, const char *words, void *section_options);
};

struct command {
        const char *name;
        const char *summary; /* one line */
        const char *operand; /* "[PATH]"; NULL: takes none */
        const char *operand_help;
        const char *operand_default; /* NULL: none */
        size_t operand_offset; /* const char * */
        size_t operand_max; /* over 1: operand_offset is of const char *[operand_max] ... */
        size_t operand_count_offset; /* ... and this of the size_t that counts them; else of a
                                        bool "it was given", or 0 */
        const struct option_group *const *groups; /* NULL at the end */
        size_t size; /* of the structure that is filled in */
        const char *details; /* behind the options, in --help all; may be NULL */
        /* Whether options also come from SLUICE_* and from a file: then --config and
         * --print-config are among the options. */
        bool configurable;
        const struct section_kind *sections; /* that the file may have; NULL: none */
        /* Opens the library that it needs; base/on_demand.h. NULL: it needs none. */
        int (*load)(const char **ret_error);
        int (*run)(const void *options); /* gives the exit code */
};

extern const struct command *const commands[];
extern const size_t command_count;

/* Those whose name has two words ("lab explain"). */
extern const struct command *const subcommands[];
extern const size_t subcommand_count;

/* "explain" of "lab explain", where first is "lab"; NULL: that is not its first
 * word. */
const char *subcommand_word(const struct command *subcommand, const char *first);

/* The index-th option of a command, through all its groups; NULL behind the last. */
const struct option_spec *command_option(const struct command *command, size_t index);

/* Opens a library that a command needs. False: says on standard error why it cannot. */
bool command_opens(const struct command *command, int (*load)(const char **ret_error));

/* Reads argv[1...] for the command and runs it. Gives the exit code. */
int command_run(const struct command *command, int argc, char *argv[])
        __attribute__((warn_unused_result));

/* The --help text of a command, with all of its options or the common ones; of
 * all commands. */
void command_help(const struct command *command, bool all, FILE *out);
void program_help(FILE *out);
