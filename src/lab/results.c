#include "lab/results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

void results_done(struct lab_results *results)
{
        for (size_t i = 0; i < results->case_count; i++)
                free(results->cases[i].samples);
        free(results->cases);
        free(results->skipped);
        *results = (struct lab_results){0};
}

/* Room for one more; doubles at each power of two. */
static int grow(void **array, size_t count, size_t size)
{
        if (count & (count - 1))
                return 0;
        void *grown = reallocarray(*array, count ? 2 * count : 1, size);
        if (!grown)
                return -ENOMEM;
        *array = grown;
        return 0;
}

int results_add_case(struct lab_results *results, const struct lab_setting *setting)
{
        int r = grow((void **)&results->cases, results->case_count, sizeof(*results->cases));
        if (r < 0)
                return r;
        results->cases[results->case_count++] = (struct lab_case){.setting = *setting};
        return 0;
}

int results_add_skipped(struct lab_results *results, const struct lab_setting *setting,
                        const char *reason)
{
        int r = grow((void **)&results->skipped, results->skipped_count, sizeof(*results->skipped));
        if (r < 0)
                return r;
        struct lab_skipped *skipped = &results->skipped[results->skipped_count++];
        *skipped = (struct lab_skipped){.setting = *setting};
        (void)snprintf(skipped->reason, sizeof(skipped->reason), "%s", reason);
        return 0;
}

int results_add_sample(struct lab_case *one, const struct lab_sample *sample)
{
        int r = grow((void **)&one->samples, one->sample_count, sizeof(*one->samples));
        if (r < 0)
                return r;
        one->samples[one->sample_count++] = *sample;
        return 0;
}

const struct lab_case *results_base(const struct lab_results *results,
                                    const struct lab_setting *setting)
{
        const struct lab_case *base = NULL;

        for (size_t i = 0; i < results->case_count; i++) {
                const struct lab_case *one = &results->cases[i];
                if (strcmp(one->setting.method, "copy") != 0 || one->setting.tls != LAB_PLAIN ||
                    !setting_same_conditions(&one->setting, setting))
                        continue;
                if (!base || one->setting.buffer_bytes < base->setting.buffer_bytes)
                        base = one;
        }
        return base;
}

static double seconds(uint64_t ns)
{
        return (double)ns / (double)NS_PER_S;
}

static double gib_sent(const struct lab_sample *sample)
{
        return (double)sample->counters[SLUICE_BYTES_SENT] / (double)LAB_GIB;
}

static double ratio(double value, double of)
{
        return of > 0 ? value / of : 0;
}

double sample_bytes_per_second(const struct lab_sample *sample)
{
        return ratio((double)sample->counters[SLUICE_BYTES_SENT], seconds(sample->wall_ns));
}

double sample_user_seconds_per_gib(const struct lab_sample *sample)
{
        return ratio(seconds(sample->cpu_user_ns), gib_sent(sample));
}

double sample_system_seconds_per_gib(const struct lab_sample *sample)
{
        return ratio(seconds(sample->cpu_system_ns), gib_sent(sample));
}

double sample_cpu_seconds_per_gib(const struct lab_sample *sample)
{
        return ratio(seconds(sample->cpu_user_ns + sample->cpu_system_ns), gib_sent(sample));
}

double sample_per_gib(const struct lab_sample *sample, uint64_t count)
{
        return ratio((double)count, gib_sent(sample));
}

double sample_per_byte(const struct lab_sample *sample, enum sluice_counter counter)
{
        return ratio((double)sample->counters[counter],
                     (double)sample->counters[SLUICE_BYTES_SENT]);
}
