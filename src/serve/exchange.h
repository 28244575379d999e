/* Requests that are answered in order, and their answers: what respond() works
 * on. A connection of HTTP/1 is one exchange, with its pipelined requests. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "serve/response.h"
#include "serve/worker.h"

struct connection;
struct task;

struct exchange {
        struct connection *connection;
        struct worker *worker;
        const struct site *site; /* whom the requests are for */
        struct response_queue responses; /* in the order of the requests */
        sluice_transfer *transfer; /* of the first response's file, under way */
        struct task *task; /* disk work under way or done */
        uint8_t response_count;
        bool last_response : 1; /* no request is read any more */
        bool fills_segments : 1; /* the socket, while the transfer sends */
        bool authenticated : 1; /* the request's credentials were right */
        bool linger : 1; /* the peer may still be sending: do not cut it off */
};

void exchange_init(struct exchange *exchange, struct connection *connection, struct worker *worker);

/* ---- Of the first response ---- */

/* All of it has been handed to the socket, or no more of it will be: it is logged,
 * counted and let go. */
void exchange_finish_first(struct exchange *exchange, bool complete);

/* Closes the transfer, after what it did has been noted. */
void exchange_end_transfer(struct exchange *exchange);

/* The same, but for the closing: that is the caller's. */
sluice_transfer *exchange_take_transfer(struct exchange *exchange);

/* Lets go of everything that is not out yet, and logs it as incomplete. */
void exchange_abort(struct exchange *exchange);
