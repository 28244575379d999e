/* Latencies in log-linear classes: 64 classes to a power of two, so that a value
 * read back is at most 1.6 % above the one put in. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_CLASSES ((size_t)64 * 40)

struct histogram {
        uint64_t count;
        uint64_t sum;
        uint64_t max;
        uint64_t classes[HISTOGRAM_CLASSES];
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* The value that a share (0..1) of all values does not exceed: the upper edge of
 * its class, never above the maximum. 0 when empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);
