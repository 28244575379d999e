/* Where options' values come from: each source outweighs those before it. */
#pragma once

#include "cli/options.h"

enum setting_source {
        SETTING_DEFAULT,
        SETTING_POLICY, /* a file that `sluice lab policy` wrote */
        SETTING_FILE,
        SETTING_ENVIRONMENT,
        SETTING_COMMAND_LINE,
};

struct setting {
        const struct option_spec *option;
        enum setting_source source;
        size_t section; /* 0: none; else one more than its index */
        char *text; /* NULL: a flag on the command line */
};

struct settings_section {
        char *words;
        size_t first; /* of its settings, if it has any */
};

struct settings {
        const struct command *command;
        char operand_name[16];
        struct option_spec operand; /* as if it were an option, for file and environment */
        struct setting *list;
        size_t count;
        struct settings_section *sections;
        size_t section_count;
        void *scratch; /* a structure of the command's, to try values on */
};

int settings_init(struct settings *settings, const struct command *command)
        __attribute__((warn_unused_result));
/* Texts that settings_apply() has put into a target are gone then. */
void settings_done(struct settings *settings);

/* Tries the value and keeps it. Errors: those of option_set(), -ENOMEM. */
int settings_add(struct settings *settings, const struct option_spec *option,
                 enum setting_source source, const char *text) __attribute__((warn_unused_result));

/* The same for what a file says: of its last section, if it has begun one. */
int settings_add_of_file(struct settings *settings, const struct option_spec *option,
                         enum setting_source source, const char *text)
        __attribute__((warn_unused_result));

/* Begins the section that line, "[KIND word...]", is the head of. -EINVAL: it is
 * wrong, and complaint says how; -ENOMEM. */
#define SECTION_COMPLAINT_SIZE 512
int settings_begin_section(struct settings *settings, const char *line,
                           char complaint[static SECTION_COMPLAINT_SIZE])
        __attribute__((warn_unused_result));

/* The index-th option, the operand behind the last; NULL behind that. */
const struct option_spec *settings_option(const struct settings *settings, size_t index);

/* By its long name; NULL: unknown. The operand too, by its name. */
const struct option_spec *settings_find(const struct settings *settings, const char *name);

/* The name nearest to one that is unknown; NULL: none is near. */
const char *settings_nearest(const struct settings *settings, const char *name, bool as_key);

/* Those of SLUICE_NAME, of a configuration file, and of a policy, in which only
 * options marked so may stand. 0, or an exit code after a line on standard error. */
int settings_from_environment(struct settings *settings) __attribute__((warn_unused_result));
int settings_from_file(struct settings *settings, const char *path)
        __attribute__((warn_unused_result));
int settings_from_policy(struct settings *settings, const char *path)
        __attribute__((warn_unused_result));

/* The same from an open file; path is for complaints, which go to another. */
int settings_read(struct settings *settings, FILE *file, const char *path,
                  enum setting_source source, FILE *complaints) __attribute__((warn_unused_result));

/* Fills in the command's structure, with what is said outside of all sections. */
void settings_apply(const struct settings *settings, void *target);

/* Puts what a section says into a copy of that. */
void settings_apply_section(const struct settings *settings, size_t section, void *target);

/* The name of an option in the environment. Returns buffer. */
#define ENVIRONMENT_NAME_SIZE 64
const char *settings_environment_name(const struct option_spec *option,
                                      char buffer[static ENVIRONMENT_NAME_SIZE]);

/* Whether it is what counts, outside of all sections: no weightier source says
 * something of the option. */
bool settings_counts(const struct settings *settings, const struct setting *setting);

/* All of it as a configuration file, each value with where it comes from. */
void settings_print(const struct settings *settings, FILE *out);
