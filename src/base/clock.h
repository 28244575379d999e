/* Time, in the units the names say. */
#pragma once

#include <stdint.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_US UINT64_C(1000)

/* CLOCK_MONOTONIC: for durations and deadlines. */
uint64_t clock_monotonic_ns(void);

/* CLOCK_MONOTONIC_COARSE: a few ms behind, at a fraction of the cost; for
 * time-outs that nobody measures. */
uint64_t clock_coarse_ns(void);

/* CLOCK_REALTIME: for what people and files call time. */
uint64_t clock_realtime_ns(void);

/* CPU time of the calling thread, user and system together. */
uint64_t clock_thread_cpu_ns(void);
