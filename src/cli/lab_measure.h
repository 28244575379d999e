/* Measuring what is planned, with all that goes around it. */
#pragma once

#include "cli/lab_output.h"
#include "lab/results.h"

/* As a shell has it of a program that SIGINT ended. */
#define EXIT_INTERRUPTED 130

/* Measures, shows how far it is, puts the results out, complains. Gives an exit
 * code. folder: for the file; to: HOST:PORT, or NULL; in_time: as in run_options. */
int lab_measure(struct lab_results *results, const char *folder, const char *to, bool in_time,
                const struct lab_output *output) __attribute__((warn_unused_result));
