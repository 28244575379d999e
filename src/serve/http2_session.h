/* Inside http2*.c: what a connection of HTTP/2 is. */
#pragma once

#include <nghttp2/nghttp2.h>
#include <stdint.h>
#include <sys/queue.h>

#include "http/http2_request.h"
#include "serve/http2.h"
#include "serve/http2_patience.h"
#include "serve/http2_stream.h"

struct http2_output;

/* What keeps it from sending more. */
enum http2_blocked {
        HTTP2_BLOCKED_NOT,
        HTTP2_BLOCKED_SEND, /* loop_send() is under way */
        HTTP2_BLOCKED_ROOM, /* loop_wait() */
        HTTP2_BLOCKED_TURN, /* loop_yield() */
        HTTP2_BLOCKED_DISK, /* a frame's head is out, and its bytes are no longer in memory */
};

enum http2_goaway {
        HTTP2_GOAWAY_NOT,
        HTTP2_GOAWAY_NOTICED, /* the peer is told; what it has sent meanwhile still counts */
        HTTP2_GOAWAY_DUE, /* it has had the time to read that */
        HTTP2_GOAWAY_SENT, /* now it knows which stream is the last */
};

struct http2 {
        struct connection *connection;
        nghttp2_session *session;
        LIST_HEAD(http2_stream_list, http2_stream) streams;
        unsigned stream_count;
        struct http2_output *output; /* NULL: nothing is on its way */
        struct http2_request *request; /* its fields are coming; NULL: none's */
        struct http2_stream *request_stream; /* whose it is */
        struct http2_patience patience;
        uint64_t written; /* bytes, of segments that are out */
        uint64_t bodies_written; /* those of bodies */
        uint64_t progress; /* http2_output_taken() of all, when the deadline was set */
        enum http2_blocked blocked : 8;
        enum http2_goaway goaway : 8;
        bool peer_finished : 1; /* sends no more */
        bool abused : 1; /* the peer has been sent away */
        bool over : 1; /* everything is said; the peer may still be reading it */
};

struct http2_shared {
        nghttp2_session_callbacks *callbacks;
        nghttp2_option *option;
        struct http2_output *spare_output;
        struct http2_request *spare_request;
};

/* http2_session.c: a session with our settings, its callbacks bound to http2. */
int http2_session_open(struct http2 *http2) __attribute__((warn_unused_result));

/* The peer has done what gets nobody any further; when it did so too often, the
 * session ends. */
void http2_session_spend(struct http2 *http2, unsigned cost);

/* The request's fields are no longer needed. */
void http2_session_drop_request(struct http2 *http2);
