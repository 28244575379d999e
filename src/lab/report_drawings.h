/* The report's drawings: for every method the path that the bytes of a measured
 * case took. */
#pragma once

#include "base/text.h"
#include "lab/results.h"

#define REPORT_DRAWING_NAME_SIZE 128

/* Whether the report draws the case: those of the main conditions, and the same
 * with a cold cache or over another path. */
bool report_draws(const struct lab_results *results, const struct lab_case *one);

/* "copy-4k-warm-loopback": unique among those drawn; a file's name without its
 * end, and an id in a page. */
void report_drawing_name(const struct lab_case *one, char name[static REPORT_DRAWING_NAME_SIZE]);

/* The drawing of the case's sample of median time, as drawing_write(). -ENODATA:
 * no sample, or nothing was sent. */
int report_drawing_write(struct text *text, const struct lab_case *one)
        __attribute__((warn_unused_result));
