#include "serve/handshake_rate.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"

/* Every address counts in one slot of each row; the least of its counts is believed,
 * so that only who collides with others in all rows pays for them. */
#define ROWS 2
#define SLOTS 1024

struct slot {
        uint32_t second;
        uint32_t count;
};

struct handshake_rate {
        uint64_t limit;
        uint64_t seeds[ROWS]; /* so that nobody can choose whom to collide with */
        struct slot slots[ROWS][SLOTS];
};

struct handshake_rate *handshake_rate_new(uint64_t limit)
{
        struct handshake_rate *rate = calloc(1, sizeof(*rate));
        if (!rate)
                return NULL;
        rate->limit = limit;
        (void)!getrandom(rate->seeds, sizeof(rate->seeds), 0);
        return rate;
}

void handshake_rate_free(struct handshake_rate *rate)
{
        free(rate);
}

/* FNV-1a, and a mix of the upper bits into those that are used. */
static size_t slot_of(uint64_t seed, const unsigned char *address, size_t length)
{
        uint64_t hash = seed ^ UINT64_C(0xcbf29ce484222325);
        for (size_t i = 0; i < length; i++)
                hash = (hash ^ address[i]) * UINT64_C(0x100000001b3);
        hash ^= hash >> 32;
        hash *= seed | 1;
        return (size_t)(hash >> 40) % SLOTS;
}

bool handshake_rate_allow(struct handshake_rate *rate, const unsigned char *address, size_t length,
                          uint64_t now_ns)
{
        uint32_t second = (uint32_t)(now_ns / NS_PER_S);
        uint64_t least = UINT64_MAX;

        for (size_t row = 0; row < ROWS; row++) {
                struct slot *slot = &rate->slots[row][slot_of(rate->seeds[row], address, length)];
                if (slot->second != second)
                        *slot = (struct slot){.second = second};
                slot->count++;
                least = slot->count < least ? slot->count : least;
        }
        return least <= rate->limit;
}
