/* The connections that a sender serves. */
#pragma once

#include <stdint.h>

#include "lab/sender.h"
#include "net/tls_context.h"

struct sender_streams {
        const struct sender_plan *plan;
        const sluice_method *method;
        struct tls_context *tls; /* borrowed; NULL: plain */
        struct sender_stream *items; /* heap */
        int epoll_fd; /* where there are several; else -1 */
        uint64_t own_calls; /* system calls that are ours, not a transfer's; without those that wait
                             */
        uint64_t record_calls; /* of sendto(2), by TLS, while streams_serve() ran */
        const char *why_not; /* of -EOPNOTSUPP; static */
};

/* Connects all and says hello on them. What was made is closed by
 * streams_close() also on failure. Errors: those of socket(2), connect(2),
 * sender_tls_open(). */
int streams_open(struct sender_streams *streams, uint32_t transfers)
        __attribute__((warn_unused_result));

/* Answers every request, until each connection has had its transfers. Errors:
 * -EOPNOTSUPP: the method cannot work here; those of transfers and sockets. */
int streams_serve(struct sender_streams *streams) __attribute__((warn_unused_result));

void streams_close(struct sender_streams *streams);
