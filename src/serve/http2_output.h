/* What an HTTP/2 connection has to send, in order: frames, and the bodies' bytes
 * between their heads, which stay where they are, in memory or in files.
 * Memory goes out by one call, a piece of a file by a step of its stream's transfer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "net/loop.h"
#include "sluice.h"

#define HTTP2_SEGMENTS_MAX 256
#define HTTP2_BUFFER_SIZE ((size_t)48 << 10)

struct exchange;
struct http2;
struct http2_shared;
struct http2_stream;

struct http2_segment {
        struct http2_stream *stream; /* whose body; NULL: frames in the buffer */
        const char *bytes; /* NULL: in the stream's file */
        size_t length;
};

struct http2_output {
        struct loop_send send;
        unsigned first; /* segment of those not out yet */
        unsigned count; /* of all */
        unsigned sending; /* up to this one, by the send under way */
        size_t queued; /* bytes, in all segments */
        size_t used; /* bytes of the buffer */
        struct http2_segment segments[HTTP2_SEGMENTS_MAX];
        struct iovec parts[HTTP2_SEGMENTS_MAX];
        char buffer[HTTP2_BUFFER_SIZE];
};

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

/* Bytes that have been added to it since it was empty. */
size_t http2_output_queued(const struct http2_output *output);

/* Whether it is the stream's file that is to be sent next. */
bool http2_output_waits_for(const struct http2_output *output, const struct http2_stream *stream);

/* Sends what it can. */
enum http2_output_result http2_output_write(struct http2 *http2);

/* The send that it waited for is over. */
void http2_output_sent(struct http2 *http2);

/* Of so many bytes that were written, those that the socket has taken: it changes as the
 * peer reads. */
uint64_t http2_output_taken(const struct http2 *http2, uint64_t written);

/* ---- Between http2_output.c and http2_output_tls.c ---- */

/* So many bytes at the segment's beginning are out. */
void http2_output_count(struct http2 *http2, const struct http2_segment *segment, size_t length);

/* The segments before the end-th are out. */
void http2_output_release(struct http2 *http2, unsigned end);

/* Pages that were in memory when the frame was begun have been pushed out: a task
 * warms them again. */
enum http2_output_result http2_output_warm(struct http2 *http2, struct exchange *exchange);

/* Whether it goes out as TLS records made here, not by the kernel. */
bool http2_output_is_encrypted(const struct http2 *http2);

/* Where the streams' transfers send to then. */
sluice_sink http2_output_sink(const struct http2 *http2);

/* Encrypts what it can as one run of records, and sends that. */
enum http2_output_result http2_output_write_encrypted(struct http2 *http2);

/* Sends what is left of records. */
enum http2_output_result http2_output_flush(struct http2 *http2);
