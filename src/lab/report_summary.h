/* What cases under the same conditions have in common: each against the classic
 * loop, and who is best. */
#pragma once

#include "lab/report_text.h"

/* For each group of two cases or more. Errors: -ENOMEM. */
int report_summary(const struct lab_results *results, const struct report_style *style, FILE *out)
        __attribute__((warn_unused_result));
