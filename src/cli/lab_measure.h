/* Measuring what is planned, with all that goes around it. */
#pragma once

#include "cli/lab_output.h"
#include "lab/results.h"

/* Measures, shows how far it is, puts the results out, complains. Gives an exit
 * code. folder: for the file; to: HOST:PORT, or NULL. */
int lab_measure(struct lab_results *results, const char *folder, const char *to,
                const struct lab_output *output) __attribute__((warn_unused_result));
