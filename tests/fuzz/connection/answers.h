/* Which answers a stream of requests must get: from the parsers alone, which know of
 * no connection, and from all bytes at once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "http/request.h"

#define ANSWERS_MAX 1024

struct answer {
        enum http_method method;
        enum http_status status; /* of a request that is none; 0: any */
        bool last; /* and says so: nothing behind it is read */
};

struct answers {
        size_t count;
        bool maybe_less; /* the last is of a line without an end: it may not be judged */
        bool ends; /* the connection, whether the client ends its side or not */
        struct answer list[ANSWERS_MAX];
};

void answers_expect(struct answers *answers, struct span stream);

/* Aborts unless data is these answers, each whole, and nothing else. */
void answers_check(const struct answers *answers, struct span data);
