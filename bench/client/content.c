#include "client/content.h"

#include <string.h>

/* splitmix64: every word follows from its index, so any offset can be reached
 * at once. */
static uint64_t content_word(uint64_t seed, uint64_t index)
{
        uint64_t word = seed + (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
        word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
        return word ^ (word >> 31);
}

uint64_t content_seed(const char *path)
{
        uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
        for (; *path; path++)
                hash = (hash ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
        return hash;
}

void content_fill(uint64_t seed, uint64_t offset, unsigned char *out, size_t length)
{
        while (length > 0) {
                uint64_t word = content_word(seed, offset / 8);
                size_t skip = offset % 8;
                size_t taken = 8 - skip < length ? 8 - skip : length;
                memcpy(out, (const unsigned char *)&word + skip, taken);
                out += taken;
                offset += taken;
                length -= taken;
        }
}

bool content_matches(uint64_t seed, uint64_t offset, const unsigned char *data, size_t length)
{
        unsigned char expected[4096];
        while (length > 0) {
                size_t taken = length < sizeof(expected) ? length : sizeof(expected);
                content_fill(seed, offset, expected, taken);
                if (memcmp(expected, data, taken) != 0)
                        return false;
                data += taken;
                offset += taken;
                length -= taken;
        }
        return true;
}
