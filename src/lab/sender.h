/* The sending end: a process a case, so that its CPU time, faults and memory
 * are the method's alone. It waits between its samples. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lab/results.h"
#include "lab/source.h"
#include "net/address.h"

struct sender_plan {
        struct lab_setting setting;
        const struct source *source;
        const struct address *address; /* of the receiver */
        const char *congestion; /* empty: the system's */
        int core; /* -1: not bound */
        int namespace_fd; /* of the network; -1: this one */
        uint64_t turn_bytes; /* of one connection among others; 0: as in the server */
        bool check_counts; /* with tracepoint */
        uint64_t tracepoint;
};

/* What one run gave. */
struct sender_reply {
        int32_t error; /* 0 or -errno */
        bool unsupported; /* the method cannot work here: text says why */
        bool counts_differ; /* ours and the kernel's: text says how */
        bool counts_checked;
        char text[LAB_TEXT_SIZE];
        struct lab_sample sample; /* without what the receiver measures */
};

struct sender;

/* Starts the process. Errors: -ENOMEM, those of fork(2). */
int sender_start(struct sender **ret, const struct sender_plan *plan)
        __attribute__((warn_unused_result));

/* Has it connect and send, transfers times on each connection; returns at once.
 * check: also compare the counts with the kernel's. */
int sender_begin(struct sender *sender, uint32_t transfers, bool check)
        __attribute__((warn_unused_result));
/* Waits for that. -EPIPE: the process died. */
int sender_end(struct sender *sender, struct sender_reply *ret) __attribute__((warn_unused_result));

/* Ends the process and waits for it. Accepts NULL. */
void sender_stop(struct sender *sender);
