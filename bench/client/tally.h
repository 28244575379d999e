/* What came of a run, and how it is told. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "client/histogram.h"

struct tally {
        uint64_t answers; /* complete and right */
        uint64_t wrong;
        uint64_t verified; /* of the answers: every byte compared */
        uint64_t unanswered; /* asked or due, and given up */
        uint64_t reconnects;
        uint64_t bytes; /* of bodies, complete or not */
        uint64_t elapsed_ns;
        const char *first_wrong; /* in words; NULL: none */
        struct histogram latency_ns;
};

/* One line of JSON on standard output. */
void tally_print(const struct tally *tally);
