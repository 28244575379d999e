/* Accept-Encoding: no coding is wanted twice, and a list means the same however
 * it is spread over lines. The first byte says at which comma it is cut. */
#include "http/negotiate.h"

#include "fuzz.h"

static coding_order order_of(struct span first, struct span second)
{
        struct http_request request = {.field_count = 2};

        request.known[REQUEST_ACCEPT_ENCODING] = first;
        request.fields[0] = (struct http_field){.value = first, .known = REQUEST_ACCEPT_ENCODING};
        request.fields[1] = (struct http_field){.value = second, .known = REQUEST_ACCEPT_ENCODING};
        return negotiate_codings(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static const struct span none = SPAN_LITERAL("");
        unsigned seen = 0;

        if (size < 1)
                return 0;
        struct span value = {(const char *)bytes + 1, size - 1}, first = value;
        coding_order order = order_of(value, none), rest = order;
        for (enum content_coding coding; (coding = coding_order_next(&rest)) != CODING_IDENTITY;) {
                CHECK(coding < CODING_COUNT && !(seen & 1u << coding));
                seen |= 1u << coding;
        }
        CHECK(rest == 0);

        for (unsigned commas = bytes[0] % 8; commas > 0 && first.length > 0; first.length--)
                commas -= first.data[first.length - 1] == ',';
        if (first.length < value.length && value.data[first.length] == ',') {
                struct span second = {first.data + first.length + 1,
                                      value.length - first.length - 1};
                CHECK(order_of(first, second) == order);
        }
        return 0;
}
