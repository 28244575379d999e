#include "client/histogram.h"

#include <stddef.h>

#define LINEAR_BITS 6
#define LINEAR ((uint64_t)1 << LINEAR_BITS)

static size_t class_of(uint64_t value)
{
        if (value < LINEAR)
                return (size_t)value;
        unsigned power = 63 - (unsigned)__builtin_clzll(value);
        unsigned shift = power - LINEAR_BITS;
        size_t found = (size_t)((shift + UINT64_C(1)) * LINEAR + ((value >> shift) - LINEAR));
        return found < HISTOGRAM_CLASSES ? found : HISTOGRAM_CLASSES - 1;
}

static uint64_t class_upper_edge(size_t index)
{
        if (index < LINEAR)
                return index;
        unsigned shift = (unsigned)(index / LINEAR) - 1;
        uint64_t first = (LINEAR + index % LINEAR) << shift;
        return first + (((uint64_t)1 << shift) - 1);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
        histogram->classes[class_of(value)]++;
        histogram->count++;
        histogram->sum += value;
        if (value > histogram->max)
                histogram->max = value;
}

uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
        if (histogram->count == 0)
                return 0;
        uint64_t wanted = (uint64_t)(share * (double)histogram->count);
        if ((double)wanted < share * (double)histogram->count || wanted == 0)
                wanted++;
        uint64_t seen = 0;
        for (size_t i = 0; i < HISTOGRAM_CLASSES; i++) {
                seen += histogram->classes[i];
                if (seen >= wanted) {
                        uint64_t edge = class_upper_edge(i);
                        return edge < histogram->max ? edge : histogram->max;
                }
        }
        return histogram->max;
}
