#include "base/clock.h"

#include <time.h>

static uint64_t clock_read(clockid_t id)
{
        struct timespec now;
        /* clock_gettime(2) fails only for a clock that does not exist. */
        (void)clock_gettime(id, &now);
        return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
        return clock_read(CLOCK_MONOTONIC);
}

uint64_t clock_coarse_ns(void)
{
        return clock_read(CLOCK_MONOTONIC_COARSE);
}

uint64_t clock_realtime_ns(void)
{
        return clock_read(CLOCK_REALTIME);
}

uint64_t clock_thread_cpu_ns(void)
{
        return clock_read(CLOCK_THREAD_CPUTIME_ID);
}
