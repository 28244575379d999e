#include "http/query.h"

struct span query_value(struct span query, struct span name)
{
        while (query.length > 0) {
                const char *end = memchr(query.data, '&', query.length);
                size_t length = end ? (size_t)(end - query.data) : query.length;
                const char *equals = memchr(query.data, '=', length);
                size_t name_length = equals ? (size_t)(equals - query.data) : length;

                if (span_equal((struct span){query.data, name_length}, name)) {
                        size_t before = equals ? name_length + 1 : length;
                        return (struct span){query.data + before, length - before};
                }
                length += end != NULL;
                query.data += length;
                query.length -= length;
        }
        return (struct span){0};
}
