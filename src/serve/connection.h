/* A connection: one state machine, connection.c's connection_run(). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "http/body.h"
#include "net/loop.h"
#include "serve/exchange.h"

struct batch;
struct http2;

enum connection_state {
        CONNECTION_RECEIVING, /* wants a request, whole or the rest of one */
        CONNECTION_RESOLVING, /* a disk thread looks for the request's file */
        CONNECTION_SENDING, /* responses are queued */
        CONNECTION_HTTP2, /* its bytes are http2's, and so is all it waits for */
        CONNECTION_LINGERING, /* our last answer is out; waits for the peer to have it (linger.h) */
        CONNECTION_CLOSED, /* gone, as soon as nobody looks at it */
};

/* What an idle keep-alive connection costs is the size of this. */
struct connection {
        struct stream stream;
        struct deadline deadline;
        struct exchange exchange;
        LIST_ENTRY(connection) all;
        struct batch *batch; /* a send under way */
        struct http2 *http2; /* NULL: it speaks HTTP/1 */
        char *input; /* bytes received and not yet understood; during received() the loop's */
        uint64_t listing_bytes; /* of listings that are being sent to it */
        uint32_t input_length;
        uint32_t input_seen; /* so much of it is known to be an incomplete head */
        uint32_t linger_until_s; /* however long the peer goes on sending */
        uint32_t unconfirmed; /* of our answer, when the deadline was set: struct send_queue */
        unsigned moves; /* the stream's, then */
        struct body_drop body; /* of the last request read, still to come */
        enum connection_state state : 8;
        bool input_is_ours : 1; /* heap */
        bool is_plain : 1; /* although others here speak TLS */
        bool redirects : 1; /* only sends the client to HTTPS */
        bool proxy_expected : 1; /* the first bytes are to be a PROXY header */
        bool counted : 1; /* among the connections of its address */
        bool begun : 1; /* it speaks HTTP/1: its first bytes say so, or nothing else may */
        bool running : 1; /* connection_run() is on the stack */
        uint16_t peer_family; /* the peer's address, without what nobody asks for */
        unsigned char peer[16];
};

extern const struct stream_handlers connection_handlers;

/* Takes the descriptor (*fd becomes -1, also on failure; but not with -EUSERS: the
 * peer has too many connections). redirects: to HTTPS, and that is all. */
int connection_open(struct worker *worker, int *fd, const struct address *peer, bool redirects)
        __attribute__((warn_unused_result));

/* At once; what was not sent is lost, and logged as such. */
void connection_close(struct connection *connection);

/* Between two requests. */
bool connection_is_idle(const struct connection *connection);

/* A request has come, and only we have not looked yet. */
bool connection_has_asked(const struct connection *connection);

/* Its deadline has passed. */
void connection_expired(struct deadline *deadline);

/* A task of an exchange of its own, or of one of its streams, is done. */
void connection_continue(struct exchange *exchange);

/* The peer's host as text. */
const char *connection_peer(const struct connection *connection,
                            char buffer[static ADDRESS_TEXT_SIZE]);
