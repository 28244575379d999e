/* Ranges: what is satisfiable lies within the file, and written plainly it means
 * the same. The first 8 bytes are the file's size. */
#include "http/range.h"

#include <inttypes.h>
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
        return 0;
}
