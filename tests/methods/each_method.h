/* Runs every test with every method (and with auto): one cmocka test each,
 * called "<method>: <test>". */
#pragma once

#include <stddef.h>

#include "sluice.h"

struct method_test {
        const char *name;
        void (*run)(const sluice_method *method); /* NULL: auto */
};

#define METHOD_TEST(function)        \
        {                            \
#function, function, \
        }

/* argv: names of the methods to be tried; none: all. METHOD_TESTS in the
 * environment: a pattern for the tests' names ("*: sizes"). Returns the number
 * of failed tests. Ignores SIGPIPE, as a caller of the library must. */
int each_method(const char *group, const struct method_test *tests, size_t count, char **argv);
