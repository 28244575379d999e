/* One case while it is measured. */
#pragma once

#include "lab/link.h"
#include "lab/run.h"
#include "lab/sender.h"

struct run {
        struct lab_results *results;
        const struct run_options *options;
        struct run_findings *findings;
        struct source source;
        struct link links[LAB_PATHS];
        bool link_made[LAB_PATHS];
        struct run_case *cases; /* as many as the results have */
        bool check_counts;
        uint64_t tracepoint;
        uint32_t next_order;
        uint64_t began_ns; /* the preparations included */
        uint64_t expected_digest; /* of expected_for */
        struct lab_setting expected_for;
};

struct run_case {
        struct sender_plan plan;
        struct sender *sender;
        uint32_t transfers; /* of a sample, on each connection */
        uint64_t run_ns; /* that a sample takes, with all around it */
        uint64_t share_ns; /* of the time */
        uint64_t spent_ns;
        bool is_left_out; /* the time is too short for runs enough of it */
};

/* Starts the sender and has it send once, hashed and not kept. -EOPNOTSUPP:
 * why_not says why the method cannot work here. -EBADMSG: other bytes came. */
int run_case_prepare(struct run *run, size_t index, char why_not[static LAB_TEXT_SIZE])
        __attribute__((warn_unused_result));

/* One sample more. */
int run_case_measure(struct run *run, size_t index) __attribute__((warn_unused_result));

/* Says what the samples show of the path: bytes that were copied all the same. */
void run_case_note(struct run *run, size_t index);

void run_case_done(struct run_case *one);
