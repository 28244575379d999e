/* How long a run takes: the time a case has, and what to leave out where there
 * is too little. */
#pragma once

#include "lab/run_case.h"

/* Whether that share of the time for the whole run is over. */
bool run_time_is_over(const struct run *run, double share);

/* Gives each case its share of what the preparations left. Errors: -ENOMEM. */
int run_time_share(struct run *run) __attribute__((warn_unused_result));

/* Marks the cases that have to be left out so that each of the others has runs
 * enough. Errors: -ENOMEM. */
int run_time_leave_out(struct run *run) __attribute__((warn_unused_result));

/* Whether a case has had its runs. */
bool run_time_is_done(const struct run *run, size_t index);

/* What of the whole is done, 0 to 1, and what is left. */
double run_time_progress(const struct run *run, double *ret_seconds_left);

/* How much longer than promised the run has taken; 0: no longer. */
uint64_t run_time_overrun_ns(const struct run *run);
