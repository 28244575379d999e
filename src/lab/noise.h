/* Whether a machine was quiet enough to believe the figures. */
#pragma once

#include <stddef.h>

#include "lab/results.h"

/* Cases whose throughput scatters by more than NOISE_SIGMA of its mean. */
#define NOISE_SIGMA 0.1

bool noise_is_high(const struct lab_case *one, uint64_t seed);

/* What may be done about it; static. */
const char *noise_remedy(const struct lab_results *results);
