/* Measures what a plan holds: samples of all cases in random, interleaved
 * order, senders and receiver in processes of their own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lab/plan.h"
#include "lab/results.h"

#define RUN_ERROR_SIZE 256

struct run_options {
        const char *folder; /* for the file that is sent */
        const char *to; /* HOST:PORT of a receiver; NULL: none */
        struct plan_time time;
        bool in_time; /* rather leave cases out than take longer than time.limit_ns */
        /* Called before each step; seconds_left is negative while unknown.
         * NULL: nobody wants to know. */
        void (*progress)(void *context, const char *what, double share, double seconds_left);
        void *context;
};

/* What a run may find beside its results. */
struct run_findings {
        char error[RUN_ERROR_SIZE]; /* in words, where the run failed */
        bool bytes_differ; /* a receiver got other bytes than were sent */
        uint64_t overrun_ns; /* how much longer it took than time has it; 0: no longer */
        bool counts_differ; /* our counts are not the kernel's: error says which */
};

/* results: planned, see plan_make(). A case that cannot be measured here goes
 * to skipped, with the reason. SIGINT ends it early: results->interrupted, with
 * the samples there are. 0, or -errno with findings->error. */
int run_measure(struct lab_results *results, const struct run_options *options,
                struct run_findings *findings) __attribute__((warn_unused_result));
