/* A run of bytes that somebody else owns. Not NUL-terminated. The lifetime is
 * that of the buffer it points into; whoever hands one out says which. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct span {
        const char *data; /* NULL: absent, which is not the same as empty */
        size_t length; /* bytes */
};

#define SPAN_LITERAL(text) ((struct span){.data = (text), .length = sizeof(text) - 1})

static inline struct span span_of(const char *text)
{
        return (struct span){.data = text, .length = strlen(text)};
}

static inline bool span_equal(struct span a, struct span b)
{
        return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* ASCII case folded, as field names and most tokens of RFC 9110 are compared. */
static inline bool span_equal_fold(struct span a, struct span b)
{
        /* Most that are not equal differ in the first byte: without a call. */
        return a.length == b.length &&
               (a.length == 0 || (((a.data[0] ^ b.data[0]) & ~0x20) == 0 &&
                                  strncasecmp(a.data, b.data, a.length) == 0));
}
