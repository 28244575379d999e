/* One value of one option. */
#pragma once

#include "cli/options.h"

#define EXPECTED_SIZE 128

/* Puts text, or what it means, where it belongs in target; text stays where it
 * is as long as target is used. For a flag: yes, no, or NULL for yes. Errors:
 * -EINVAL, -ERANGE (not what is allowed), -E2BIG (once too often in a list). */
int option_set(const struct option_spec *option, const char *text, void *target)
        __attribute__((warn_unused_result));

/* What is wrong with text, for which option_set() gave error: "'x' is not ...".
 * Returns buffer. */
const char *option_complaint(const struct option_spec *option, const char *text, int error,
                             char *buffer, size_t size);

/* The operand as if it were an option: "[PATH]" has the name "path". */
struct option_spec option_of_operand(const struct command *command, char name[static 16]);
