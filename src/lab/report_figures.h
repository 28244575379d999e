/* What the report page shows, as JSON: medians and intervals of every case, the
 * samples in run order, and how each method compares with copy. Derived from the
 * results by statistics.h, so that page and console say the same. */
#pragma once

#include <jansson.h>

#include "lab/results.h"

/* The samples that are drawn; of a run with more, the cases' first ones. */
#define FIGURES_SAMPLES_MAX 3000

/* The cases that are shown, the first ones: a page must stay small. */
#define FIGURES_CASES_MAX 400

/* The conditions that the page begins with: those measured for most methods, and
 * of these the largest transfers. NULL: there are no cases. Borrowed. */
const struct lab_setting *figures_main_conditions(const struct lab_results *results);

/* *ret_root is the caller's. Errors: -ENOMEM. */
int figures_make(const struct lab_results *results, json_t **ret_root)
        __attribute__((warn_unused_result));
