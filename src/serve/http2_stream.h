/* A stream of HTTP/2: a request and its answer. */
#pragma once

#include <nghttp2/nghttp2.h>

#include "serve/exchange.h"

struct http2;
struct http2_request;

struct http2_stream {
        struct exchange exchange;
        struct http2 *http2;
        LIST_ENTRY(http2_stream) all;
        struct deadline deadline; /* the peer must take some of the answer */
        struct http2_request *request; /* while it waits for a disk; heap */
        int32_t id;
        unsigned queued; /* segments of the output that are its own */
        unsigned transfer_part; /* whose transfer it is */
        uint64_t transfer_committed; /* bytes of it in frames so far */
        uint64_t warming; /* where nothing is known of what is in memory: up to here of it a
                             task brings in */
        uint64_t warmed; /* has brought in */
        uint32_t body_dropped; /* bytes of the request's */
        uint64_t seen; /* http2_output_taken() of all bodies, when its deadline was set */
        bool prioritized : 1; /* its request said how it is to be served (RFC 9218) */
        bool ended : 1; /* the answer's last frame is in the output */
        bool closed : 1; /* nghttp2 has closed it */
        bool deferred : 1; /* waits for a task, or for its own segments */
};

/* NULL: no memory. */
struct http2_stream *http2_stream_new(struct http2 *http2, int32_t id);

/* At once: what is not out is logged as incomplete. None of its segments is queued. */
void http2_stream_free(struct http2_stream *stream);

/* All of the request has come, but for a body. */
void http2_stream_respond(struct http2_stream *stream, struct http2_request *request);

/* Its task is done. */
void http2_stream_continue(struct http2_stream *stream);

/* What nghttp2 asks for a DATA frame's payload: how long it can be now. */
ssize_t http2_stream_read(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t length,
                          uint32_t *flags, nghttp2_data_source *source, void *context);

/* The frame's head is in the output, and these bytes of the body are to follow. */
void http2_stream_commit(struct http2_stream *stream, size_t length);

/* The frame that ends the answer is in the output. */
void http2_stream_end(struct http2_stream *stream);

/* So many bytes of its body in memory are out. */
void http2_stream_count(struct http2_stream *stream, size_t length);

/* A segment of length bytes is out. The stream may be gone then. */
void http2_stream_flushed(struct http2_stream *stream, size_t length, bool of_file);

/* nghttp2 has closed it. The stream may be gone then. */
void http2_stream_close(struct http2_stream *stream);

/* The deadline has passed. Who waits for its turn, while others have theirs, is given
 * more time; who does not open its window is not. */
void http2_stream_expire(struct http2_stream *stream);

/* The stream cannot go on: RST_STREAM. */
void http2_stream_reset(struct http2_stream *stream, uint32_t error);
