/* What lies between two runs, which no interval of a run knows of: the machine is
 * never the same again. Pure. */
#pragma once

#include <stddef.h>

#include "lab/statistics.h"

/* ratios: of the cases that two runs have in common, a later run's figure by an
 * earlier's, one figure. Widens the interval of each, so that what it leaves out
 * is a difference between the runs and not their machine's:
 *
 * - by how far all the other cases moved, in the middle;
 * - by twice how far they scatter about that, at least BETWEEN_RUNS_LEAST; where
 *   there are too few to know, by what runs of the same differ in experience.
 *
 * Those with value 0 were not measured, and are left alone. Errors: -ENOMEM. */
int between_runs_widen(struct statistics_ratio *ratios, size_t count)
        __attribute__((warn_unused_result));

/* By what all of them moved, in the middle, where all moved the same way (but one of ten)
 * and most of them by more than their own intervals; else 1. ratios: not widened. */
double between_runs_shift(const struct statistics_ratio *ratios, size_t count);

/* sigma of a case between two runs of the same, where nothing else is known: on a
 * quiet machine, and where too few other cases could tell how quiet it was. */
#define BETWEEN_RUNS_LEAST 0.02
#define BETWEEN_RUNS_USUAL 0.06
/* And of the machine, where there is no other case at all. */
#define BETWEEN_RUNS_MACHINE 0.1
