#include "http/http2_head.h"

#define STATUS_AT (sizeof("HTTP/1.1 ") - 1)
#define STATUS_LENGTH 3

static nghttp2_nv field_of(struct span name, struct span value)
{
        return (nghttp2_nv){
                .name = (uint8_t *)name.data,
                .namelen = name.length,
                .value = (uint8_t *)value.data,
                .valuelen = value.length,
        };
}

/* RFC 9113 8.2.2. Of these, a head of ours has but the one. */
static bool belongs_to_connection(struct span name)
{
        return span_equal_fold(name, SPAN_LITERAL("Connection"));
}

bool http2_head_read(struct span head, nghttp2_nv fields[static HTTP2_HEAD_FIELDS_MAX],
                     size_t *ret_count)
{
        const char *end = head.data + head.length, *line = head.data, *line_end;
        size_t count = 0;

        fields[count++] = field_of(SPAN_LITERAL(":status"),
                                   (struct span){head.data + STATUS_AT, STATUS_LENGTH});
        while ((line_end = memchr(line, '\r', (size_t)(end - line))) != NULL && line_end != line) {
                /* The first line is the status line, which holds no field. */
                const char *colon = memchr(line, ':', (size_t)(line_end - line));
                if (line != head.data && colon) {
                        struct span name = {line, (size_t)(colon - line)};
                        struct span value = {colon + 2, (size_t)(line_end - colon - 2)};
                        if (count == HTTP2_HEAD_FIELDS_MAX)
                                return false;
                        if (!belongs_to_connection(name))
                                fields[count++] = field_of(name, value);
                }
                line = line_end + 2;
        }
        *ret_count = count;
        return true;
}
