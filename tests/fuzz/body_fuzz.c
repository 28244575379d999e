/* A body's end: it is the same in whatever pieces the body comes, and what is
 * taken lies within the limit. The first byte is the size of the pieces. */
#include "http/body.h"

#include "fuzz.h"

static enum body_result drop_in_pieces(const char *data, size_t size, size_t piece, size_t *ret_end)
{
        const struct http_request request = {.has_body = true, .chunked = true};
        enum body_result result = BODY_MORE;
        struct body_drop drop;
        size_t end = 0;

        body_drop_begin(&drop, &request);
        while (result == BODY_MORE && end < size) {
                size_t length = size - end < piece ? size - end : piece, taken = 0;
                result = body_drop(&drop, data + end, length, &taken);
                CHECK(taken <= length);
                CHECK(result != BODY_MORE || taken == length);
                end += taken;
        }
        *ret_end = end;
        return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        size_t whole_end, end;

        if (size < 2)
                return 0;
        const char *data = (const char *)bytes + 1;
        size_t piece = 1u + bytes[0] % 32;
        enum body_result whole = drop_in_pieces(data, size - 1, size, &whole_end);
        enum body_result result = drop_in_pieces(data, size - 1, piece, &end);

        CHECK(whole == result);
        if (result == BODY_END) {
                CHECK(end == whole_end && end <= BODY_DROP_MAX && end >= 5);
                CHECK(data[end - 2] == '\r' && data[end - 1] == '\n');
        }
        return 0;
}
