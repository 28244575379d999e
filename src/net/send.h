/* A send(2) of many parts, carried on until all of it is out. */
#pragma once

#include <stdint.h>

#include "net/loop.h"

/* The total when all is sent, -EINPROGRESS when the socket is full, or another
 * -errno. */
ssize_t send_parts(int fd, struct loop_send *send);

/* Moves the parts on behind n bytes that have been sent. */
void send_advance(struct loop_send *send, size_t n);

/* Whether a TCP socket keeps back what does not fill a segment, for 200 ms at most:
 * tcp(7), TCP_CORK. What was kept leaves when it no longer does. Where that
 * cannot be had nothing happens. */
void send_fill_segments(int fd, bool fill);

/* What a socket holds, in memory: what the peer's kernel has not confirmed (on a unix
 * socket, what the peer has not read); and the most that it takes. Zeros if unknown. */
struct send_queue {
        uint32_t unconfirmed;
        uint32_t most;
};
struct send_queue send_queue(int fd);
