/* Two runs, case by case. */
#pragma once

#include <stdio.h>

#include "lab/report_text.h"
#include "lab/results.h"

/* How each case of the second that the first has, too, differs from it, as far as
 * that is not what lies between any two runs; and which there are in one only.
 * Errors: -ENOMEM. */
int comparison_print(const struct lab_results *before, const struct lab_results *after,
                     const struct report_style *style, FILE *out)
        __attribute__((warn_unused_result));
