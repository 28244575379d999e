/* Results as a file: JSON, schema "sluice-lab/1", in seconds and bytes. */
#pragma once

#include <stdio.h>

#include "lab/results.h"

#define RESULTS_SCHEMA "sluice-lab/1"
#define RESULTS_ERROR_SIZE 256

/* Errors: -ENOMEM, -EIO. */
int results_write_json(const struct lab_results *, FILE *out) __attribute__((warn_unused_result));

/* Fills empty results, to be released with results_done() also on failure.
 * error gets what is wrong, in words. Errors: those of fopen(3); -EBADMSG: no
 * JSON, another schema, or a value missing or out of range; -ENOMEM. */
int results_read_json(struct lab_results *ret_results, const char *path,
                      char error[static RESULTS_ERROR_SIZE]) __attribute__((warn_unused_result));
