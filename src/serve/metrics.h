/* What a worker counts, and what a monitor reads of it: Prometheus' text format.
 * A worker's numbers are written by it alone and read by the admin thread: no lock,
 * no cache line that two fight over. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "sluice.h"

#define METRICS_STATUS_MAX 600
#define METRICS_BUCKETS 14
#define METRICS_REASONS 32

struct response;

struct metrics_reason {
        const sluice_method *method; /* that gave way */
        const char *why; /* static */
        _Atomic uint64_t count;
};

struct metrics {
        _Atomic uint64_t connections_accepted;
        _Atomic uint64_t connections_ended;
        _Atomic uint64_t responses[METRICS_STATUS_MAX]; /* by status */
        _Atomic uint64_t responses_incomplete;
        _Atomic uint64_t memory_bytes; /* of bodies, sent from memory */
        _Atomic uint64_t cache_hits;
        _Atomic uint64_t cache_misses;
        _Atomic uint64_t http2_connections;
        _Atomic uint64_t http2_responses; /* of those counted by status */
        _Atomic uint64_t http2_abused; /* connections ended for what they sent */
        _Atomic uint64_t tls_by_user; /* handshakes done; who encrypts then */
        _Atomic uint64_t tls_by_kernel;
        _Atomic uint64_t tls_failed; /* handshakes */
        _Atomic uint64_t tls_refused; /* too many of one address */
        _Atomic uint64_t refused; /* connections, for want of room */
        _Atomic uint64_t starved; /* times there was no descriptor for a connection */
        _Atomic uint64_t latency[METRICS_BUCKETS + 1]; /* each its own, the last without an end */
        _Atomic uint64_t latency_us;
        _Atomic size_t reason_count; /* of those filled in */
        struct metrics_reason reasons[METRICS_REASONS];
};

/* By the worker whose numbers they are. */
static inline void metrics_add(_Atomic uint64_t *counter, uint64_t n)
{
        /* One writer: a load and a store are enough, and no bus is locked. */
        atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                              memory_order_relaxed);
}

/* A response has gone out, or will not. */
void metrics_count_response(struct metrics *metrics, const struct response *response,
                            bool complete);

/* A transfer is about to be closed: the methods that gave way in it, and why. */
void metrics_count_fallbacks(struct metrics *metrics, const sluice_transfer *transfer);

/* The sum of all workers' as a page; dropped: lines of the log. */
void metrics_write(struct text *text, struct metrics *const workers[], size_t count,
                   uint64_t dropped);
