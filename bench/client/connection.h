/* One keep-alive connection that asks and checks the answers, one at a time. */
#pragma once

#include <netinet/in.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/targets.h"

#define HEAD_SIZE 2048

enum connection_state {
        CONNECTION_IDLE, /* nothing asked */
        CONNECTION_HEAD, /* the answer's head is not complete */
        CONNECTION_BODY,
};

struct connection {
        int fd; /* -1: closed */
        SSL *tls; /* NULL: plain */
        enum connection_state state;
        struct order order;
        bool verify; /* compare this body */
        bool last; /* the server closes behind this answer */
        uint64_t asked_ns; /* what the latency counts from */
        uint64_t received; /* of the body */
        size_t head_length;
        char head[HEAD_SIZE + 1];
};

/* How to receive. */
struct intake {
        unsigned char *buffer; /* shared by all connections of the thread */
        size_t size;
        bool discard; /* a body that is not compared is dropped, without TLS in the kernel */
};

enum received {
        RECEIVED_SOME, /* *ret_bytes of a body may have come; wait for more */
        RECEIVED_WHOLE, /* the answer is complete and was right */
        RECEIVED_CLOSED, /* the peer closed, or the connection failed */
        RECEIVED_WRONG, /* status, length or a byte is not what it must be */
};

/* Where to, and over what kind of path. */
struct route {
        struct sockaddr_in address;
        int segment; /* TCP_MAXSEG; 0: as loopback has it */
        int window; /* SO_RCVBUF; 0: as the system has it */
        SSL_CTX *tls; /* NULL: plain */
};

/* Connects and shakes hands (blocking), then makes the socket non-blocking. 0 or -errno. */
int connection_open(struct connection *connection, const struct route *route);
void connection_close(struct connection *connection);

/* Sends the request for order. 0 or -errno. */
int connection_ask(struct connection *connection, struct order order, uint64_t now_ns);

/* Takes at most limit bytes of what has come, in one call. *ret_bytes counts those
 * of the body; *ret_why says in words what was wrong (static). */
enum received connection_receive(struct connection *connection, const struct intake *intake,
                                 size_t limit, uint64_t *ret_bytes, const char **ret_why);
