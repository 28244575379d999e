/* What a run measures, in which order, and for how long. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/results.h"

#define PLAN_LIST_MAX 16

/* What the user wants; an empty list stands for the mode's own. */
struct plan_wish {
        const char *mode; /* "default", "quick" or "full" */
        const char *methods[PLAN_LIST_MAX]; /* "sendfile", "copy", "copy:4K" */
        size_t method_count;
        uint64_t sizes[PLAN_LIST_MAX];
        size_t size_count;
        bool is_size_asked; /* set by plan_make(): the sizes are not the mode's own */
        uint32_t connections[PLAN_LIST_MAX];
        size_t connection_count;
        enum lab_cache caches[LAB_CACHES];
        size_t cache_count;
        enum lab_receiver receivers[LAB_RECEIVERS];
        size_t receiver_count;
        enum lab_path paths[LAB_PATHS];
        size_t path_count;
        bool tls; /* each case encrypted as well: by the sender, and by the kernel */
};

/* How long the mode takes. */
struct plan_time {
        uint32_t runs; /* a case, at least */
        uint32_t runs_fewest; /* where a case is slow and time short: fewer show nothing */
        uint64_t case_ns; /* a case, at least; */
        uint64_t total_ns; /* or for the whole run, shared out. Both 0: runs are all */
        uint64_t limit_ns; /* of the whole run, by leaving cases out; 0: none */
};

/* "copy:4K" as it stands in a wish. -EINVAL: no method, no size, or a method that has
 * no buffer. */
int plan_parse_method(const char *text, char ret_name[static LAB_NAME_SIZE],
                      uint64_t *ret_buffer_bytes) __attribute__((warn_unused_result));

/* Adds a case for everything wished for; what makes no sense goes to skipped
 * with the reason. Errors: -ENOMEM, -EINVAL (a method's name). */
int plan_make(struct lab_results *results, const struct plan_wish *wish)
        __attribute__((warn_unused_result));

/* A mode that is none of the three: as many runs as were asked for. */
#define LAB_MODE_RUNS "runs"

/* Of the results' mode. */
struct plan_time plan_time_of(const struct lab_results *results);

/* Transfers of a sample, on each connection: one of a large size, of a small
 * one as many as make it last. */
uint32_t plan_transfers(const struct lab_setting *setting, uint64_t file_bytes);

/* Shares the time out: cases that take long for a run get what the others do
 * not need. run_ns: what a run of each took; ret_share_ns: what each gets. */
void plan_share(const struct plan_time *time, const uint64_t *run_ns, uint64_t *ret_share_ns,
                size_t count);

/* Which case is to be left out so that the others have their fewest runs in the
 * time that is left: the one that takes longest for them; what the others are
 * held against, and sendfile, after all others. missing_ns: what each still
 * needs; 0: nothing, or it is left out already. count when none is to be, or
 * when only two need time. */
size_t plan_left_out(const struct lab_results *results, const uint64_t *missing_ns,
                     uint64_t left_ns);

/* Puts the numbers 0 to count - 1 into an order of their own. */
void plan_shuffle(uint32_t *numbers, size_t count, uint64_t *state);
