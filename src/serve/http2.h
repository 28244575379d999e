/* HTTP/2 on a connection (RFC 9113), carried by nghttp2, which knows frames, HPACK,
 * flow control and priorities (RFC 9218), and touches no socket.
 *
 * Each stream has an exchange of its own: from respond() on it is as in HTTP/1. What
 * goes out is queued as few segments in memory and in files (http2_output.h).
 * All that its connection waits for it sees to itself: bytes, room, time, disks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct connection;
struct exchange;
struct deadline;
struct http2;
struct http2_shared;
struct worker;

enum http2_preface {
        HTTP2_PREFACE_NOT, /* it is something else, HTTP/1 perhaps */
        HTTP2_PREFACE_INCOMPLETE, /* so far it could be */
        HTTP2_PREFACE_FOUND,
};

/* Whether a connection's first bytes say that it speaks HTTP/2 (RFC 9113 3.4). */
enum http2_preface http2_preface(const char *data, size_t length);

/* The connection's bytes, with the preface, are HTTP/2's from now on. -ENOMEM. */
int http2_open(struct http2 **ret_http2, struct connection *connection)
        __attribute__((warn_unused_result));
/* Lets go of all streams, and logs as incomplete what is not out yet. Accepts NULL. */
void http2_free(struct http2 *http2);

/* ---- What happens to it. False: close the connection ---- */

/* length 0: the peer sends no more. */
bool http2_received(struct http2 *http2, const char *data, size_t length);
/* loop_send() is over, loop_wait() or loop_yield(). */
bool http2_sent(struct http2 *http2);
bool http2_go_on(struct http2 *http2);
/* The connection's deadline has passed. */
bool http2_expired(struct http2 *http2, unsigned kind);
/* A stream's task is done. */
bool http2_continue(struct http2 *http2, struct exchange *exchange);

/* ---- These close the connection themselves ---- */

/* A stream's deadline has passed. */
void http2_stream_expired(struct deadline *deadline);

/* Tells the peer to open no more streams (RFC 9113 6.8), and ends behind those that are
 * open. Streams that are on their way to us still count, but for at_once. */
void http2_shut_down(struct http2 *http2, bool at_once);

/* No stream is open, and nothing is on its way. */
bool http2_is_idle(const struct http2 *http2);

/* ---- Of a worker ---- */

/* What its connections share. NULL: no memory. */
struct http2_shared *http2_shared_new(void);
void http2_shared_free(struct http2_shared *shared);
