/* Whether a machine was quiet enough to believe the figures. */
#pragma once

#include <stddef.h>

#include "lab/results.h"

/* Cases whose throughput scatters by more than NOISE_SIGMA of its mean. */
#define NOISE_SIGMA 0.1

bool noise_is_high(const struct lab_case *one, uint64_t seed);

#define NOISE_WARNING_SIZE 512

/* "the rate of 3 of 9 cases scatters by more than 10 %: ...", with what may be done
 * about it; NULL where the machine was quiet. */
const char *noise_warning(const struct lab_results *results,
                          char buffer[static NOISE_WARNING_SIZE]);
