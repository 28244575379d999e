/* Results as text for a terminal, in the manner of hyperfine(1). */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "lab/results.h"

struct report_style {
        bool colour;
};

/* A block a case, a ranking a group of cases that can be compared, what was
 * skipped, and what to know about the machine. Errors: -ENOMEM. */
int report_text(const struct lab_results *results, const struct report_style *style, FILE *out)
        __attribute__((warn_unused_result));
