#include "lab/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab/random.h"

#define RESAMPLES 1000
/* Of the sorted resamples: what leaves 2.5 % on either side. */
#define RESAMPLE_LOW 25
#define RESAMPLE_HIGH (RESAMPLES - 1 - RESAMPLE_LOW)

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

static void sort(double *values, size_t count)
{
        qsort(values, count, sizeof(*values), compare);
}

/* Linear between the neighbours (type 7 of Hyndman and Fan, 1996). */
static double quantile(const double *sorted, size_t count, double share)
{
        double place = share * (double)(count - 1);
        size_t below = (size_t)place;
        if (below + 1 >= count)
                return sorted[count - 1];
        return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

static double resampled_median(const double *values, size_t count, double *scratch, uint64_t *state)
{
        for (size_t i = 0; i < count; i++)
                scratch[i] = values[random_below(state, count)];
        sort(scratch, count);
        return quantile(scratch, count, 0.5);
}

static void describe(struct statistics *s, const double *values, const double *sorted)
{
        double sum = 0, squares = 0;
        for (size_t i = 0; i < s->count; i++)
                sum += values[i];
        s->mean = sum / (double)s->count;
        for (size_t i = 0; i < s->count; i++)
                squares += (values[i] - s->mean) * (values[i] - s->mean);
        s->sigma = s->count > 1 ? sqrt(squares / (double)(s->count - 1)) : 0;
        s->minimum = sorted[0];
        s->maximum = sorted[s->count - 1];
        s->median = quantile(sorted, s->count, 0.5);

        double first = quantile(sorted, s->count, 0.25), third = quantile(sorted, s->count, 0.75);
        s->fence_low = first - 1.5 * (third - first);
        s->fence_high = third + 1.5 * (third - first);
        for (size_t i = 0; i < s->count; i++)
                if (values[i] < s->fence_low || values[i] > s->fence_high)
                        s->outliers++;
}

int statistics_of(struct statistics *ret, const double *values, size_t count, uint64_t seed)
{
        struct statistics s = {.count = count};
        double medians[RESAMPLES];

        if (count > 0) {
                double *scratch = reallocarray(NULL, count, sizeof(*scratch));
                if (!scratch)
                        return -ENOMEM;
                memcpy(scratch, values, count * sizeof(*values));
                sort(scratch, count);
                describe(&s, values, scratch);
                for (size_t i = 0; i < RESAMPLES; i++)
                        medians[i] = resampled_median(values, count, scratch, &seed);
                free(scratch);
                sort(medians, RESAMPLES);
                s.low = medians[RESAMPLE_LOW];
                s.high = medians[RESAMPLE_HIGH];
        }
        *ret = s;
        return 0;
}

int statistics_ratio_of(struct statistics_ratio *ret, const double *values, size_t count,
                        const double *base, size_t base_count, uint64_t seed)
{
        struct statistics above, below;
        double ratios[RESAMPLES];

        int r = statistics_of(&above, values, count, seed);
        if (r == 0)
                r = statistics_of(&below, base, base_count, seed);
        if (r < 0)
                return r;
        if (count == 0 || base_count == 0 || !(below.median > 0) || !(below.minimum > 0))
                return -EDOM;
        double *scratch =
                reallocarray(NULL, count > base_count ? count : base_count, sizeof(*scratch));
        if (!scratch)
                return -ENOMEM;
        for (size_t i = 0; i < RESAMPLES; i++) {
                double upper = resampled_median(values, count, scratch, &seed);
                ratios[i] = upper / resampled_median(base, base_count, scratch, &seed);
        }
        free(scratch);
        sort(ratios, RESAMPLES);
        *ret = (struct statistics_ratio){.value = above.median / below.median,
                                         .low = ratios[RESAMPLE_LOW],
                                         .high = ratios[RESAMPLE_HIGH],
                                         .fewest = count < base_count ? count : base_count};
        return 0;
}

bool statistics_shows_difference(const struct statistics_ratio *ratio)
{
        return ratio->fewest >= STATISTICS_FEWEST && (ratio->low > 1 || ratio->high < 1);
}

/* Heap; NULL when there is no memory, or no sample. */
static double *figures(const struct lab_case *one, statistics_figure *figure)
{
        double *values = reallocarray(NULL, one->sample_count, sizeof(*values));
        for (size_t i = 0; values && i < one->sample_count; i++)
                values[i] = figure(&one->samples[i]);
        return values;
}

int statistics_of_case(struct statistics *ret, const struct lab_case *one,
                       statistics_figure *figure, uint64_t seed)
{
        double *values = figures(one, figure);
        int r = values || one->sample_count == 0
                        ? statistics_of(ret, values, one->sample_count, seed)
                        : -ENOMEM;
        free(values);
        return r;
}

int statistics_ratio_of_cases(struct statistics_ratio *ret, const struct lab_case *one,
                              const struct lab_case *base, statistics_figure *figure, uint64_t seed)
{
        if (one->sample_count == 0 || base->sample_count == 0)
                return -EDOM;
        double *values = figures(one, figure), *base_values = figures(base, figure);
        int r = values && base_values ? statistics_ratio_of(ret, values, one->sample_count,
                                                            base_values, base->sample_count, seed)
                                      : -ENOMEM;
        free(values);
        free(base_values);
        return r;
}
