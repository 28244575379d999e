#include "transfer/mounts.h"

#include <stdatomic.h>

#define SLOTS 64
#define VALUE_BITS 2

/* Device and value in one word, so that both are always of one mount. Linux
 * device numbers have 32 bits. Two mounts of one slot displace each other. */
static _Atomic uint64_t slots[SLOTS];

static _Atomic uint64_t *slot_of(uint64_t device)
{
        return &slots[(device * UINT64_C(0x9e3779b97f4a7c15)) >> 58];
}

unsigned mounts_get(uint64_t device)
{
        uint64_t word = atomic_load_explicit(slot_of(device), memory_order_relaxed);
        if (word >> VALUE_BITS != device)
                return 0;
        return (unsigned)(word & ((1U << VALUE_BITS) - 1));
}

void mounts_set(uint64_t device, unsigned value)
{
        atomic_store_explicit(slot_of(device), device << VALUE_BITS | value, memory_order_relaxed);
}
