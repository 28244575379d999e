/* Where bytes are sent: a connected pair. */
#pragma once

#include <stdbool.h>

enum wire_kind {
        WIRE_TCP,
        WIRE_UNIX,
        WIRE_PIPE,
        WIRE_KINDS,
};

struct wire {
        int out_fd; /* the transfer's end */
        int in_fd; /* the receiver's end; always blocking */
};

const char *wire_name(enum wire_kind kind);

/* Makes a pair. blocking: the transfer's end. send_buffer: SO_SNDBUF of the
 * transfer's end in bytes, 0 as it comes. Fails the test on an error. */
struct wire wire_open(enum wire_kind kind, bool blocking, int send_buffer);
