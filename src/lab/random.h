/* Numbers that look random and can be had again from their seed: SplitMix64
 * (Steele, Lea and Flood, 2014). */
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
        uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* 0 to count - 1. The bias of 2^-32 and less matters to nobody here. */
static inline size_t random_below(uint64_t *state, size_t count)
{
        return (size_t)((random_next(state) >> 32) * (uint64_t)count >> 32);
}
