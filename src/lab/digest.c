#include "lab/digest.h"

#include <endian.h>
#include <string.h>

#define WORD sizeof(uint64_t)

static uint64_t mix(uint64_t state, uint64_t word)
{
        state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        return state ^ state >> 29;
}

void digest_init(struct digest *digest)
{
        *digest = (struct digest){.state = UINT64_C(0x243f6a8885a308d3)};
}

static void add_byte(struct digest *digest, unsigned char byte)
{
        digest->pending |= (uint64_t)byte << 8 * (digest->length % WORD);
        digest->length++;
        if (digest->length % WORD == 0) {
                digest->state = mix(digest->state, digest->pending);
                digest->pending = 0;
        }
}

void digest_add(struct digest *digest, const void *data, size_t length)
{
        const unsigned char *bytes = data;

        for (; length > 0 && digest->length % WORD != 0; length--)
                add_byte(digest, *bytes++);
        for (; length >= WORD; length -= WORD, bytes += WORD) {
                uint64_t word;
                memcpy(&word, bytes, WORD);
                digest->state = mix(digest->state, le64toh(word));
                digest->length += WORD;
        }
        for (; length > 0; length--)
                add_byte(digest, *bytes++);
}

uint64_t digest_value(const struct digest *digest)
{
        return mix(mix(digest->state, digest->pending), digest->length);
}
