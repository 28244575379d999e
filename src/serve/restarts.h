/* How often a serving process that has died is replaced: whatever kills it again and
 * again is better seen than hidden. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RESTARTS_MAX 5
#define RESTARTS_S 60

struct restarts {
        uint64_t at_ns[RESTARTS_MAX]; /* the last ones; 0: none */
        unsigned next;
};

/* Whether there may be one now; then it counts: RESTARTS_MAX in RESTARTS_S seconds. */
bool restarts_allow(struct restarts *restarts, uint64_t now_ns);
