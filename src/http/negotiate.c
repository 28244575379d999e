#include "http/negotiate.h"

#include "http/list.h"

#define WEIGHT_ONE 1000u

static const struct {
        struct span name, other_name;
        const char *suffix;
} codings[CODING_COUNT] = {
        [CODING_IDENTITY] = {SPAN_LITERAL("identity"), SPAN_LITERAL("identity"), ""},
        [CODING_BROTLI] = {SPAN_LITERAL("br"), SPAN_LITERAL("br"), ".br"},
        [CODING_ZSTD] = {SPAN_LITERAL("zstd"), SPAN_LITERAL("zstd"), ".zst"},
        /* RFC 9110 8.4.1.3: the old name is the same. */
        [CODING_GZIP] = {SPAN_LITERAL("gzip"), SPAN_LITERAL("x-gzip"), ".gz"},
};

const char *coding_name(enum content_coding coding)
{
        return codings[coding].name.data;
}

const char *coding_suffix(enum content_coding coding)
{
        return codings[coding].suffix;
}

bool negotiate_weight(struct span text, unsigned *ret_thousandths)
{
        unsigned value, unit = WEIGHT_ONE;

        if (text.length < 3 || text.length > 7 || (text.data[0] | 0x20) != 'q' ||
            text.data[1] != '=' || (text.data[2] != '0' && text.data[2] != '1'))
                return false;
        value = (unsigned)(text.data[2] - '0') * WEIGHT_ONE;
        if (text.length > 3 && text.data[3] != '.')
                return false;
        for (size_t i = 4; i < text.length; i++) {
                if (text.data[i] < '0' || text.data[i] > '9')
                        return false;
                unit /= 10;
                value += (unsigned)(text.data[i] - '0') * unit;
        }
        if (value > WEIGHT_ONE)
                return false;
        *ret_thousandths = value;
        return true;
}

/* Takes "name;q=0.5" apart; without a weight it is 1. False: malformed. */
static bool read_element(struct span element, struct span *ret_name, unsigned *ret_weight)
{
        const char *semicolon = memchr(element.data, ';', element.length);
        *ret_weight = WEIGHT_ONE;
        *ret_name = element;
        if (!semicolon)
                return true;
        size_t length = (size_t)(semicolon - element.data);
        *ret_name = list_trim((struct span){element.data, length});
        struct span weight = {semicolon + 1, element.length - length - 1};
        return negotiate_weight(list_trim(weight), ret_weight);
}

struct wishes {
        int weights[CODING_COUNT]; /* -1: not named */
        int any; /* of "*"; -1: not named */
};

static void read_line(struct wishes *wishes, struct span rest)
{
        struct span element, name;
        unsigned weight;

        while (list_next(&rest, &element)) {
                if (!read_element(element, &name, &weight))
                        continue;
                if (span_equal(name, SPAN_LITERAL("*")))
                        wishes->any = (int)weight;
                for (unsigned i = 0; i < CODING_COUNT; i++)
                        if (span_equal_fold(name, codings[i].name) ||
                            span_equal_fold(name, codings[i].other_name))
                                wishes->weights[i] = (int)weight;
        }
}

coding_order negotiate_codings(const struct http_request *request)
{
        struct wishes wishes = {.weights = {-1, -1, -1, -1}, .any = -1};
        coding_order order = 0;
        unsigned shift = 0;

        if (!request->known[REQUEST_ACCEPT_ENCODING].data)
                return 0;
        for (size_t i = 0; i < request->field_count; i++)
                if (request->fields[i].known == REQUEST_ACCEPT_ENCODING)
                        read_line(&wishes, request->fields[i].value);

        for (unsigned i = CODING_BROTLI; i < CODING_COUNT; i++)
                if (wishes.weights[i] < 0)
                        wishes.weights[i] = wishes.any < 0 ? 0 : wishes.any;
        /* Three at most: each round takes the best that is left. */
        for (;;) {
                unsigned best = CODING_IDENTITY;
                for (unsigned i = CODING_BROTLI; i < CODING_COUNT; i++)
                        if (wishes.weights[i] > 0 &&
                            (best == CODING_IDENTITY || wishes.weights[i] > wishes.weights[best]))
                                best = i;
                if (best == CODING_IDENTITY ||
                    wishes.weights[best] < wishes.weights[CODING_IDENTITY])
                        return order;
                order |= (coding_order)(best << shift);
                shift += 2;
                wishes.weights[best] = 0;
        }
}

bool negotiate_names_type(const struct http_request *request, struct span type)
{
        if (!request->known[REQUEST_ACCEPT].data)
                return false;
        for (size_t i = 0; i < request->field_count; i++) {
                struct span rest = request->fields[i].value, element, name;
                unsigned weight;
                if (request->fields[i].known != REQUEST_ACCEPT)
                        continue;
                while (list_next(&rest, &element))
                        if (read_element(element, &name, &weight) && weight > 0 &&
                            span_equal_fold(name, type))
                                return true;
        }
        return false;
}
