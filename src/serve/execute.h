/* The program again, with the command line it was given. */
#pragma once

#include <stdbool.h>

/* Whether it finds its configuration right (--check); what it says of it goes to
 * errors (-1: standard error). from_path: the program that is now where this one was; else
 * this one, whatever has become of its file. */
bool execute_check(bool from_path, int errors) __attribute__((warn_unused_result));

/* exec(3). Comes back only on failure: -errno. */
int execute_again(bool from_path) __attribute__((warn_unused_result));
