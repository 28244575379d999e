/* Results for other programs and for documents. JSON: results_json.h. */
#pragma once

#include <stdio.h>

#include "lab/results.h"

/* RFC 4180, a line a sample, in seconds and bytes. Errors: -EIO. */
int export_csv(const struct lab_results *, FILE *out) __attribute__((warn_unused_result));

/* A table, a line a case. Errors: -EIO, -ENOMEM. */
int export_markdown(const struct lab_results *, FILE *out) __attribute__((warn_unused_result));
