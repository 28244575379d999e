#include "lab/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab/libraries.h"
#include "lab/random.h"

#define RESAMPLES 1000
/* Of the sorted resamples: what leaves 2.5 % on either side. */
#define RESAMPLE_LOW 25
#define RESAMPLE_HIGH (RESAMPLES - 1 - RESAMPLE_LOW)
#define BLOCKS 12 /* of a resample; no block is shorter than one sample */

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
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

/* Values to draw from: a resample is how often each was drawn, so that its median
 * needs no sorting. */
struct bag {
        size_t count;
        double *sorted;
        size_t *ranks; /* of the values, in the order they were taken */
        size_t *drawn; /* by rank */
};

static void bag_done(struct bag *bag)
{
        free(bag->sorted);
        free(bag->ranks);
        *bag = (struct bag){0};
}

static int bag_init(struct bag *bag, const double *values, size_t count)
{
        *bag = (struct bag){
                .count = count,
                .sorted = calloc(count, sizeof(*bag->sorted)),
                .ranks = calloc(2 * count, sizeof(*bag->ranks)),
        };
        if (!bag->sorted || !bag->ranks) {
                bag_done(bag);
                return -ENOMEM;
        }
        bag->drawn = bag->ranks + count;
        memcpy(bag->sorted, values, count * sizeof(*values));
        qsort(bag->sorted, count, sizeof(*bag->sorted), compare);
        for (size_t i = 0; i < count; i++)
                while (bag->sorted[bag->ranks[i]] < values[i])
                        bag->ranks[i]++;
        return 0;
}

/* The place-th smallest of what was drawn, and the one behind it. */
static double drawn_median(const struct bag *bag)
{
        size_t place = (bag->count - 1) / 2, rank = 0, passed = bag->drawn[0];
        while (passed <= place)
                passed += bag->drawn[++rank];
        double low = bag->sorted[rank];
        if (bag->count % 2)
                return low;
        while (passed <= place + 1)
                passed += bag->drawn[++rank];
        return low + (bag->sorted[rank] - low) / 2;
}

/* Samples that were taken one after the other resemble each other, as what else
 * the machine does lasts longer than one: drawn singly, they would promise too
 * much. So they are drawn in runs, in a circle (Politis and Romano, 1992); the
 * runs are as long as leaves a dozen of them. */
static double resampled_median(struct bag *bag, uint64_t *state)
{
        size_t count = bag->count, length = count <= BLOCKS ? 1 : (count + BLOCKS / 2) / BLOCKS;

        memset(bag->drawn, 0, count * sizeof(*bag->drawn));
        for (size_t i = 0; i < count;) {
                size_t from = random_below(state, count);
                for (size_t j = 0; j < length && i < count; j++, i++)
                        bag->drawn[bag->ranks[(from + j) % count]]++;
        }
        return drawn_median(bag);
}

static void describe(struct statistics *s, const double *values, const double *sorted)
{
        double sum = 0, squares = 0;
        for (size_t i = 0; i < s->count; i++)
                sum += values[i];
        s->mean = sum / (double)s->count;
        for (size_t i = 0; i < s->count; i++)
                squares += (values[i] - s->mean) * (values[i] - s->mean);
        s->sigma = s->count > 1 ? lab_sqrt(squares / (double)(s->count - 1)) : 0;
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
                struct bag bag;
                int r = bag_init(&bag, values, count);
                if (r < 0)
                        return r;
                describe(&s, values, bag.sorted);
                for (size_t i = 0; i < RESAMPLES; i++)
                        medians[i] = resampled_median(&bag, &seed);
                bag_done(&bag);
                qsort(medians, RESAMPLES, sizeof(medians[0]), compare);
                s.low = medians[RESAMPLE_LOW];
                s.high = medians[RESAMPLE_HIGH];
        }
        *ret = s;
        return 0;
}

static void ratio_of_bags(struct statistics_ratio *ret, struct bag *above, struct bag *below,
                          uint64_t seed)
{
        double ratios[RESAMPLES];
        for (size_t i = 0; i < RESAMPLES; i++) {
                double upper = resampled_median(above, &seed);
                ratios[i] = upper / resampled_median(below, &seed);
        }
        qsort(ratios, RESAMPLES, sizeof(ratios[0]), compare);
        *ret = (struct statistics_ratio){
                .value = quantile(above->sorted, above->count, 0.5) /
                         quantile(below->sorted, below->count, 0.5),
                .low = ratios[RESAMPLE_LOW],
                .high = ratios[RESAMPLE_HIGH],
                .fewest = above->count < below->count ? above->count : below->count,
        };
}

int statistics_ratio_of(struct statistics_ratio *ret, const double *values, size_t count,
                        const double *base, size_t base_count, uint64_t seed)
{
        struct bag above, below;

        if (count == 0 || base_count == 0)
                return -EDOM;
        int r = bag_init(&above, values, count);
        if (r < 0)
                return r;
        r = bag_init(&below, base, base_count);
        if (r == 0 && !(below.sorted[0] > 0))
                r = -EDOM;
        else if (r == 0)
                ratio_of_bags(ret, &above, &below, seed);
        bag_done(&above);
        bag_done(&below);
        return r;
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
