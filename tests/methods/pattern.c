#include "pattern.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "context.h"

#define CHUNK ((size_t)64 << 10)

uint64_t hash_add(uint64_t hash, const void *data, size_t length)
{
        const unsigned char *bytes = data;
        for (size_t i = 0; i < length; i++)
                hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
        return hash;
}

/* Eight bytes at a time: a multiplicative mix of the word's number. */
static uint64_t word(uint64_t number)
{
        uint64_t mixed = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
        mixed ^= mixed >> 29;
        return mixed * UINT64_C(0xbf58476d1ce4e5b9);
}

void pattern_fill(void *buffer, uint64_t offset, size_t length)
{
        unsigned char *out = buffer;
        while (length > 0) {
                uint64_t value = word(offset / 8);
                size_t skip = (size_t)(offset % 8);
                size_t n = 8 - skip < length ? 8 - skip : length;
                memcpy(out, (const unsigned char *)&value + skip, n);
                out += n;
                offset += n;
                length -= n;
        }
}

uint64_t pattern_hash(uint64_t offset, uint64_t length)
{
        static _Thread_local unsigned char buffer[CHUNK];
        uint64_t hash = HASH_START;
        while (length > 0) {
                size_t n = length < CHUNK ? (size_t)length : CHUNK;
                pattern_fill(buffer, offset, n);
                hash = hash_add(hash, buffer, n);
                offset += n;
                length -= n;
        }
        return hash;
}

void pattern_write(int fd, uint64_t offset, uint64_t length)
{
        static unsigned char buffer[CHUNK];
        while (length > 0) {
                size_t n = length < CHUNK ? (size_t)length : CHUNK;
                pattern_fill(buffer, offset, n);
                check(pwrite(fd, buffer, n, (off_t)offset) == (ssize_t)n, "writing the file");
                offset += n;
                length -= n;
        }
}

int pattern_named_file(char *path, uint64_t size)
{
        int fd = mkostemp(path, 0);
        check(fd >= 0, "making the file %s", path);
        pattern_write(fd, 0, size);
        return fd;
}

int pattern_file(uint64_t size)
{
        char path[] = "methods-XXXXXX";
        int fd = pattern_named_file(path, size);
        unlink(path);
        return fd;
}
