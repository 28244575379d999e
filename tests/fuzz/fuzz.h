/* What a fuzz target is: one function over bytes, which aborts when a property does
 * not hold. libFuzzer calls it, or replay.c with kept inputs. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Not assert(3): it must hold in every build. */
#define CHECK(condition)                                                                  \
        do {                                                                              \
                if (!(condition)) {                                                       \
                        fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
                                #condition);                                              \
                        abort();                                                          \
                }                                                                         \
        } while (0)
