/* What bodies cost by how much of one a loop sends before the other connections
 * have their turn. */
#pragma once

#include "lab/results.h"
#include "lab/source.h"

#define STEP_SIZES 5
#define STEP_SIZE_USUAL 3 /* the place of serve's default */
#define STEP_SIZES_CONNECTIONS 8
#define STEP_SIZES_SOURCE_BYTES (UINT64_C(16) << 20) /* that a source has, at least */

struct step_size {
        uint64_t bytes; /* 256 KiB, doubled each time */
        struct lab_case figures; /* STEP_SIZES_CONNECTIONS at the same time, by sendfile */
};

/* Measures all of them in turn, in random order, so many times each; over loopback
 * to a receiver that throws the bytes away. environment: cores and congestion
 * control. Errors: -ENOMEM, those of sockets and fork(2), and of transfers. */
int step_sizes_measure(struct step_size ret[static STEP_SIZES], const struct source *source,
                       const struct lab_environment *environment, uint32_t runs, uint64_t seed)
        __attribute__((warn_unused_result));

/* Frees the samples. */
void step_sizes_done(struct step_size sizes[static STEP_SIZES]);
