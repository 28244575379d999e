/* Ranges: what is satisfiable lies within the file, and written plainly it means
 * the same. The first 8 bytes are the file's size. */
#include "http/range.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"

#define CAPACITY 5
#define VALUE_MOST 512

static void check_round_trip(const struct byte_range *ranges, size_t count, uint64_t size)
{
        char text[CAPACITY * 44 + 8] = "bytes=";
        struct byte_range again[CAPACITY];
        size_t length = strlen(text), again_count = 0;

        for (size_t i = 0; i < count; i++)
                length +=
                        (size_t)snprintf(text + length, sizeof(text) - length,
                                         "%s%" PRIu64 "-%" PRIu64, i > 0 ? ", " : "",
                                         ranges[i].offset, ranges[i].offset + ranges[i].length - 1);
        CHECK(length < sizeof(text));
        CHECK(range_parse((struct span){text, length}, size, again, CAPACITY, &again_count) ==
              RANGE_SATISFIABLE);
        CHECK(again_count == count);
        for (size_t i = 0; i < count; i++)
                CHECK(again[i].offset == ranges[i].offset && again[i].length == ranges[i].length);
}

/* Joined, the ranges lie apart and hold each byte that they held before. */
static void check_joined(const struct byte_range *ranges, size_t count, uint64_t gap)
{
        struct byte_range joined[CAPACITY];

        memcpy(joined, ranges, count * sizeof(ranges[0]));
        size_t left = range_join(joined, count, gap);
        CHECK(left >= 1 && left <= count);
        for (size_t i = 0; i < count; i++) {
                bool held = false;
                for (size_t k = 0; k < left; k++)
                        held |= joined[k].offset <= ranges[i].offset &&
                                joined[k].offset + joined[k].length >=
                                        ranges[i].offset + ranges[i].length;
                CHECK(held);
        }
        for (size_t i = 0; i < left; i++)
                for (size_t k = 0; k < left; k++)
                        CHECK(i == k || joined[i].offset > joined[k].offset + joined[k].length ||
                              joined[k].offset > joined[i].offset + joined[i].length ||
                              (gap == 0 && joined[i].offset != joined[k].offset));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        struct byte_range ranges[CAPACITY];
        uint64_t file_size;
        size_t count = 0;

        if (size < sizeof(file_size))
                return 0;
        memcpy(&file_size, bytes, sizeof(file_size));
        size -= sizeof(file_size);
        struct span value = {(const char *)bytes + sizeof(file_size),
                             size < VALUE_MOST ? size : VALUE_MOST};

        enum range_result result = range_parse(value, file_size, ranges, CAPACITY, &count);
        if (result != RANGE_SATISFIABLE) {
                CHECK(count == 0);
                return 0;
        }
        CHECK(count >= 1 && count <= CAPACITY);
        for (size_t i = 0; i < count; i++) {
                CHECK(ranges[i].length > 0 && ranges[i].length <= file_size);
                CHECK(ranges[i].offset <= file_size - ranges[i].length);
        }
        check_round_trip(ranges, count, file_size);
        check_joined(ranges, count, 0);
        check_joined(ranges, count, size);
        return 0;
}
