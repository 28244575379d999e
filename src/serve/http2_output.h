/* What an HTTP/2 connection has to send, in order: frames, and the bodies' bytes
 * between their heads, which stay where they are, in memory or in files.
 * Memory goes out by one call, a piece of a file by a step of its stream's transfer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct http2;
struct http2_output;
struct http2_shared;
struct http2_stream;

/* Of one connection at a time, while it has something to send. NULL: no memory. */
struct http2_output *http2_output_take(struct http2_shared *shared);
void http2_output_give_back(struct http2_shared *shared, struct http2_output *output);
void http2_output_free(struct http2_output *output);

bool http2_output_is_empty(const struct http2_output *output);

/* Whether one more frame, the longest there is, can be added. */
bool http2_output_has_room(const struct http2_output *output);

/* Bytes of frames; copied. */
void http2_output_add_frame(struct http2_output *output, const void *data, size_t length);
/* Of the stream's body: bytes in memory, or (NULL) what comes next of its transfer. */
void http2_output_add_body(struct http2_output *output, struct http2_stream *stream,
                           const char *bytes, size_t length);

enum http2_output_result {
        HTTP2_OUTPUT_EMPTY, /* all of it is out */
        HTTP2_OUTPUT_BLOCKED, /* http2->blocked says by what */
        HTTP2_OUTPUT_FAILED, /* the peer is gone, or a promise cannot be kept */
};

/* Bytes of bodies that are in it. */
size_t http2_output_bodies(const struct http2_output *output);

/* Sends what it can. */
enum http2_output_result http2_output_write(struct http2 *http2);

/* The send that it waited for is over. */
void http2_output_sent(struct http2 *http2);

/* Bytes of the send under way that are out already. */
size_t http2_output_under_way(const struct http2_output *output);
