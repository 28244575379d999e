/* What a run of the lab gives: where it was measured, every sample of every
 * case, and what was not measured and why. The report, compare and rerun need
 * nothing else; results_json.h puts all of it into a file and back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/setting.h"
#include "sluice.h"

#define LAB_TEXT_SIZE 160
#define LAB_CALLS_MAX 48 /* names that sluice_process_calls() may give */
#define LAB_RUNS_MAX 100000
#define LAB_GIB (UINT64_C(1) << 30)

/* One run of a setting; sums over all its transfers. Without pointers: it goes
 * through a pipe as it is. */
struct lab_sample {
        uint32_t order; /* of all samples of the run, 0 upwards */
        uint32_t transfers; /* small sizes: many a sample, one after the other */
        uint64_t wall_ns; /* at the receiver: from the request to the last byte */
        uint64_t first_byte_ns; /* at the receiver: from the request to the first byte; mean */
        uint64_t cpu_user_ns; /* of the sender; the sum of both is exact, */
        uint64_t cpu_system_ns; /* how it is shared is what the kernel's ticks saw */
        uint64_t counters[SLUICE_COUNTERS]; /* by enum sluice_counter */
        uint64_t calls[LAB_CALLS_MAX]; /* by the index of sluice_process_calls() */
        uint64_t switches_voluntary, switches_involuntary; /* of the sender */
        uint64_t faults_minor, faults_major; /* of the sender */
        uint64_t disk_bytes; /* read from a disk for the sender; 0 as well where none is counted */
        uint64_t cache_growth_bytes; /* of the file, in the page cache */
        uint64_t peak_memory_bytes; /* of the sender, its buffers included */
};

struct lab_case {
        struct lab_setting setting;
        char note[LAB_TEXT_SIZE]; /* "the kernel copied all bytes on this path"; may be empty */
        struct lab_sample *samples; /* in the order they were taken; heap */
        size_t sample_count;
};

struct lab_skipped {
        struct lab_setting setting;
        char reason[LAB_TEXT_SIZE];
};

/* Texts are empty where the machine does not tell. */
struct lab_environment {
        char version[LAB_NAME_SIZE]; /* of sluice */
        char started[32]; /* RFC 3339, UTC */
        char kernel[LAB_TEXT_SIZE]; /* "Linux 6.18.5 x86_64" */
        char processor[LAB_TEXT_SIZE];
        char file_system[LAB_NAME_SIZE];
        char folder[LAB_TEXT_SIZE]; /* of the measured file */
        char congestion[LAB_NAME_SIZE]; /* pinned for TCP; empty: none */
        char mitigations[4 * LAB_TEXT_SIZE]; /* "spectre_v2: ...; ..." */
        char count_check[LAB_TEXT_SIZE]; /* how the counts were checked, or why not */
        char to[LAB_TEXT_SIZE]; /* the other machine; empty: this one */
        uint32_t cores; /* that the lab may use */
        int32_t sender_core, receiver_core; /* -1: not bound. The same: there is one only */
        uint64_t memory_bytes;
        uint64_t page_bytes;
};

struct lab_results {
        struct lab_environment environment;
        char mode[LAB_NAME_SIZE]; /* "default", "quick", "full" */
        uint64_t seed; /* of the order, and of the bootstrap */
        uint32_t runs_wanted; /* a case; fewer were made where time was short */
        uint64_t case_ns; /* time a case had */
        bool interrupted; /* by who ran it: there are fewer runs than were wanted */
        struct lab_case *cases; /* heap */
        size_t case_count;
        struct lab_skipped *skipped; /* heap */
        size_t skipped_count;
};

/* Frees what the results hold and leaves them empty. */
void results_done(struct lab_results *results);

/* Append a copy. Errors: -ENOMEM. A case's address changes when one is added. */
int results_add_case(struct lab_results *, const struct lab_setting *)
        __attribute__((warn_unused_result));
int results_add_skipped(struct lab_results *, const struct lab_setting *, const char *reason)
        __attribute__((warn_unused_result));
int results_add_sample(struct lab_case *, const struct lab_sample *)
        __attribute__((warn_unused_result));

/* What cases under the conditions of this one are held against: plain copy with
 * the smallest of its buffers, which is the classic loop's. NULL: none. */
const struct lab_case *results_base(const struct lab_results *, const struct lab_setting *);

/* Derived, in base units. Every byte counts once, however often it was copied. */
double sample_bytes_per_second(const struct lab_sample *);
double sample_cpu_seconds_per_gib(const struct lab_sample *); /* user and system */
double sample_user_seconds_per_gib(const struct lab_sample *);
double sample_system_seconds_per_gib(const struct lab_sample *);
double sample_per_gib(const struct lab_sample *, uint64_t count);
double sample_per_byte(const struct lab_sample *, enum sluice_counter); /* copies a byte */
