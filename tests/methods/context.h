/* What is being tried right now, in words: printed by the check that fails. */
#pragma once

#include <stdio.h>

/* Replaces the words. */
void context_set(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on a failure ends the process: for a child of the test. */
void context_in_child(void);

/* Fails the running test and says where, in which context, and why. */
_Noreturn void context_fail(const char *file, int line, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

#define check(condition, ...)                                          \
        do {                                                           \
                if (!(condition))                                      \
                        context_fail(__FILE__, __LINE__, __VA_ARGS__); \
        } while (0)
