/* What samples allow to say. Pure functions; the seed makes the bootstrap give
 * the same intervals again. Values are in the order they were taken. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/results.h"

struct statistics {
        size_t count;
        double mean, sigma; /* sigma: of the sample, n - 1; 0 for one value */
        double minimum, maximum;
        double median;
        double low, high; /* of the median, 95 %: percentile bootstrap of blocks */
        double fence_low, fence_high; /* Tukey's: 1.5 interquartile ranges */
        size_t outliers; /* values beyond the fences; they are kept in all figures */
};

/* count 0 gives all zeros. Errors: -ENOMEM. */
int statistics_of(struct statistics *ret, const double *values, size_t count, uint64_t seed)
        __attribute__((warn_unused_result));

/* The median of the first by that of the second. */
struct statistics_ratio {
        double value;
        double low, high; /* 95 %: percentile bootstrap of blocks, over both */
        size_t fewest; /* samples of the two, the smaller number */
};

/* With fewer, not even the whole range holds the median 95 times of 100: of five
 * it is 1 - 2 / 2^5. */
#define STATISTICS_FEWEST 6

/* Errors: -ENOMEM, -EDOM: no values, or the second's median is not above 0. */
int statistics_ratio_of(struct statistics_ratio *ret, const double *values, size_t count,
                        const double *base, size_t base_count, uint64_t seed)
        __attribute__((warn_unused_result));

/* Whether there are samples enough, and the interval leaves 1 out. */
bool statistics_shows_difference(const struct statistics_ratio *ratio);

/* A figure of a sample: sample_cpu_seconds_per_gib and its like. */
typedef double statistics_figure(const struct lab_sample *);

/* Of a case's samples. Errors as above. */
int statistics_of_case(struct statistics *ret, const struct lab_case *one,
                       statistics_figure *figure, uint64_t seed)
        __attribute__((warn_unused_result));
int statistics_ratio_of_cases(struct statistics_ratio *ret, const struct lab_case *one,
                              const struct lab_case *base, statistics_figure *figure, uint64_t seed)
        __attribute__((warn_unused_result));
