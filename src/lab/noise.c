#include "lab/noise.h"

#include <stdio.h>

#include "lab/statistics.h"

bool noise_is_high(const struct lab_case *one, uint64_t seed)
{
        struct statistics s;
        if (statistics_of_case(&s, one, sample_bytes_per_second, seed) < 0 || s.count < 2)
                return false;
        return s.sigma > NOISE_SIGMA * s.mean;
}

/* A sender that was pushed off its core more than once in 10 ms of its time. */
static bool was_interrupted(const struct lab_results *results)
{
        uint64_t switches = 0, cpu_ns = 0;
        for (size_t i = 0; i < results->case_count; i++)
                for (size_t j = 0; j < results->cases[i].sample_count; j++) {
                        const struct lab_sample *sample = &results->cases[i].samples[j];
                        switches += sample->switches_involuntary;
                        cpu_ns += sample->cpu_user_ns + sample->cpu_system_ns;
                }
        return switches > cpu_ns / 10000000;
}

/* What may be done about it. */
static const char *remedy(const struct lab_results *results)
{
        if (results->environment.sender_core == results->environment.receiver_core)
                return "sender and receiver share one core: allow the lab a second one";
        if (was_interrupted(results))
                return "other programs took the sender's core: stop them, or give the lab cores "
                       "of its own with taskset(1)";
        return "take more samples with --full, set the CPU's frequency governor to performance, or "
               "stop other machines on this host";
}

const char *noise_warning(const struct lab_results *results, char buffer[static NOISE_WARNING_SIZE])
{
        size_t noisy = 0;
        for (size_t i = 0; i < results->case_count; i++)
                noisy += noise_is_high(&results->cases[i], results->seed);
        if (noisy == 0)
                return NULL;
        (void)snprintf(buffer, NOISE_WARNING_SIZE,
                       "the rate of %zu of %zu cases scatters by more than %.0f %%: %s", noisy,
                       results->case_count, 100 * NOISE_SIGMA, remedy(results));
        return buffer;
}
