/* Bytes to the server in pieces, and all that comes back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pieces {
        const uint8_t *sizes; /* taken in turn, from the first again after the last */
        size_t count;
        bool late; /* reads nothing before all is written, or the server wants no more */
        bool stay; /* does not end our side: the server has to by itself */
};

/* Sends data, then ends our side unless it is to stay; returns how much came until the server ended
 * its own. Aborts when it does not: a connection hangs. */
size_t exchange(int fd, const uint8_t *data, size_t size, const struct pieces *pieces,
                char *received, size_t capacity);
