#include "serve/http2_output.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "net/tls.h"
#include "serve/connection.h"
#include "serve/http2_session.h"
#include "serve/task.h"

#define FRAME_MAX ((size_t)17 << 10) /* a frame that is copied, at most */
/* So much at once: what is asked for later, and is more urgent, waits behind no more
 * than this. Sixteen records of TLS. */
#define QUEUED_MAX ((size_t)256 << 10)

static void reset(struct http2_output *output)
{
        output->send = (struct loop_send){0};
        output->first = output->count = output->sending = 0;
        output->queued = output->used = 0;
}

struct http2_output *http2_output_take(struct http2_shared *shared)
{
        struct http2_output *output = shared->spare_output;
        shared->spare_output = NULL;
        if (!output)
                output = malloc(sizeof(*output));
        if (output)
                reset(output);
        return output;
}

void http2_output_give_back(struct http2_shared *shared, struct http2_output *output)
{
        if (shared->spare_output)
                free(output);
        else
                shared->spare_output = output;
}

void http2_output_free(struct http2_output *output)
{
        free(output);
}

bool http2_output_is_empty(const struct http2_output *output)
{
        return output->first == output->count;
}

bool http2_output_has_room(const struct http2_output *output)
{
        return HTTP2_SEGMENTS_MAX - output->count >= 3 &&
               HTTP2_BUFFER_SIZE - output->used >= FRAME_MAX && output->queued < QUEUED_MAX;
}

static void add(struct http2_output *output, struct http2_segment segment)
{
        assert(output->count < HTTP2_SEGMENTS_MAX);
        output->segments[output->count++] = segment;
}

void http2_output_add_frame(struct http2_output *output, const void *data, size_t length)
{
        struct http2_segment *last = output->count ? &output->segments[output->count - 1] : NULL;
        char *to = output->buffer + output->used;

        assert(length <= HTTP2_BUFFER_SIZE - output->used);
        memcpy(to, data, length);
        output->used += length;
        output->queued += length;
        if (last && !last->stream)
                last->length += length;
        else
                add(output, (struct http2_segment){.bytes = to, .length = length});
}

void http2_output_add_body(struct http2_output *output, struct http2_stream *stream,
                           const char *bytes, size_t length)
{
        add(output, (struct http2_segment){stream, bytes, length});
        output->queued += length;
        stream->queued++;
}

size_t http2_output_queued(const struct http2_output *output)
{
        return output->queued;
}

uint64_t http2_output_taken(const struct http2 *http2, uint64_t written)
{
        const struct tls *tls = http2->connection->stream.tls;
        uint64_t under_way = http2->output ? (uint64_t)http2->output->send.total : 0;
        return written + under_way - (tls ? tls_left(tls) : 0);
}

bool http2_output_waits_for(const struct http2_output *output, const struct http2_stream *stream)
{
        return output && !http2_output_is_empty(output) &&
               output->segments[output->first].stream == stream;
}

/* ---- Writing ---- */

void http2_output_count(struct http2 *http2, const struct http2_segment *segment, size_t length)
{
        http2->written += length;
        if (segment->stream)
                http2->bodies_written += length;
}

void http2_output_release(struct http2 *http2, unsigned end)
{
        struct http2_output *output = http2->output;

        while (output->first < end) {
                struct http2_segment *segment = &output->segments[output->first++];
                http2_output_count(http2, segment, segment->length);
                if (segment->stream)
                        http2_stream_flushed(segment->stream, segment->length, !segment->bytes);
        }
}

static enum http2_output_result write_memory(struct http2 *http2)
{
        struct http2_output *output = http2->output;
        unsigned end = output->first;

        output->send = (struct loop_send){.parts = output->parts};
        for (; end < output->count && output->segments[end].bytes; end++) {
                const struct http2_segment *segment = &output->segments[end];
                output->parts[output->send.count++] =
                        (struct iovec){(void *)segment->bytes, segment->length};
        }
        /* A file's bytes follow: the packet is filled up with them. */
        output->send.flags = end < output->count ? MSG_MORE : 0;
        output->sending = end;
        ssize_t r = loop_send(http2->connection->exchange.worker->loop, &http2->connection->stream,
                              &output->send);
        if (r == -EINPROGRESS) {
                http2->blocked = HTTP2_BLOCKED_SEND;
                return HTTP2_OUTPUT_BLOCKED;
        }
        if (r < 0)
                return HTTP2_OUTPUT_FAILED;
        http2_output_release(http2, end);
        return HTTP2_OUTPUT_EMPTY;
}

void http2_output_sent(struct http2 *http2)
{
        http2_output_release(http2, http2->output->sending);
        http2->output->send = (struct loop_send){0};
}

enum http2_output_result http2_output_warm(struct http2 *http2, struct exchange *exchange)
{
        uint64_t offset, length;
        sluice_window(exchange->transfer, &offset, &length);
        int r = task_start_warm(exchange, STAILQ_FIRST(&exchange->responses)->file, offset, length,
                                sluice_window_ahead(exchange->transfer));
        if (r < 0)
                return HTTP2_OUTPUT_FAILED;
        http2->blocked = HTTP2_BLOCKED_DISK;
        return HTTP2_OUTPUT_BLOCKED;
}

/* What a frame promised is sent, or the connection ends. */
static enum http2_output_result write_file(struct http2 *http2)
{
        struct http2_output *output = http2->output;
        struct http2_segment *segment = &output->segments[output->first];
        struct exchange *exchange = &segment->stream->exchange;
        uint64_t before = sluice_sent(exchange->transfer);
        enum sluice_step step = sluice_step(exchange->transfer, segment->length);

        size_t sent = (size_t)(sluice_sent(exchange->transfer) - before);
        segment->length -= sent;
        http2_output_count(http2, segment, sent);
        if (segment->length == 0) {
                http2_output_release(http2, output->first + 1);
                return HTTP2_OUTPUT_EMPTY;
        }
        switch (step) {
        case SLUICE_WANT_WRITE:
                loop_wait(http2->connection->exchange.worker->loop, &http2->connection->stream);
                http2->blocked = HTTP2_BLOCKED_ROOM;
                return HTTP2_OUTPUT_BLOCKED;
        case SLUICE_WANT_DISK:
                return http2_output_warm(http2, exchange);
        case SLUICE_MORE:
                return HTTP2_OUTPUT_EMPTY;
        default:
                return HTTP2_OUTPUT_FAILED;
        }
}

enum http2_output_result http2_output_write(struct http2 *http2)
{
        enum http2_output_result result = HTTP2_OUTPUT_EMPTY;
        struct http2_output *output = http2->output;

        while (result == HTTP2_OUTPUT_EMPTY && !http2_output_is_empty(output)) {
                if (http2_output_is_encrypted(http2))
                        result = http2_output_write_encrypted(http2);
                else if (output->segments[output->first].bytes)
                        result = write_memory(http2);
                else
                        result = write_file(http2);
        }
        if (http2_output_is_empty(output))
                reset(output);
        return result;
}
