/* Output that is encrypted in user space. Frames' heads and what they hold are joined
 * in a buffer of the thread's first: so records are full ones, and go out by as few
 * calls as can be. */
#include <errno.h>

#include "base/thread_buffer.h"
#include "net/tls.h"
#include "serve/connection.h"
#include "serve/http2_output.h"
#include "serve/http2_session.h"

#define JOINED_MAX ((size_t)256 << 10)

static _Thread_local struct joined {
        char *data; /* the thread's buffer */
        size_t length;
} joined;

static struct tls *tls_of(const struct http2 *http2)
{
        return http2->connection->stream.tls;
}

bool http2_output_is_encrypted(const struct http2 *http2)
{
        return tls_of(http2) && !tls_is_by_kernel(tls_of(http2));
}

/* ---- Where transfers send to ---- */

static void *sink_reserve(void *context, size_t *length)
{
        struct joined *to = context;
        size_t room = JOINED_MAX - to->length;
        if (room == 0)
                return NULL;
        if (*length > room)
                *length = room;
        return to->data + to->length;
}

static int sink_write(void *context, const void *data, size_t length, bool more_follows)
{
        struct joined *to = context;
        (void)more_follows;
        if (length > JOINED_MAX - to->length)
                return -EAGAIN;
        if (data != to->data + to->length)
                memcpy(to->data + to->length, data, length);
        to->length += length;
        return 0;
}

static int sink_flush(void *context)
{
        (void)context;
        return 0;
}

sluice_sink http2_output_sink(const struct http2 *http2)
{
        return (sluice_sink){
                .context = &joined,
                .write = sink_write,
                .flush = sink_flush,
                .reserve = sink_reserve,
                .fd = http2->connection->stream.fd,
        };
}

/* ---- Writing ---- */

enum http2_output_result http2_output_flush(struct http2 *http2)
{
        int r = tls_flush(tls_of(http2));
        if (r == 0)
                return HTTP2_OUTPUT_EMPTY;
        if (r != -EAGAIN)
                return HTTP2_OUTPUT_FAILED;
        loop_wait(http2->connection->exchange.worker->loop, &http2->connection->stream);
        http2->blocked = HTTP2_BLOCKED_ROOM;
        return HTTP2_OUTPUT_BLOCKED;
}

static void join_memory(struct http2 *http2, struct http2_segment *segment)
{
        size_t room = JOINED_MAX - joined.length;
        size_t length = segment->length < room ? segment->length : room;

        memcpy(joined.data + joined.length, segment->bytes, length);
        joined.length += length;
        segment->bytes += length;
        segment->length -= length;
        if (segment->stream)
                http2_stream_count(segment->stream, length);
        http2_output_count(http2, segment, length);
}

static enum http2_output_result join_file(struct http2 *http2, struct http2_segment *segment)
{
        struct exchange *exchange = &segment->stream->exchange;
        uint64_t before = sluice_sent(exchange->transfer);
        size_t room = JOINED_MAX - joined.length;
        enum sluice_step step =
                sluice_step(exchange->transfer, segment->length < room ? segment->length : room);

        size_t sent = (size_t)(sluice_sent(exchange->transfer) - before);
        segment->length -= sent;
        http2_output_count(http2, segment, sent);
        if (step == SLUICE_WANT_DISK)
                return http2_output_warm(http2, exchange);
        return step == SLUICE_SOURCE_SHORT || step == SLUICE_FAILED ? HTTP2_OUTPUT_FAILED
                                                                    : HTTP2_OUTPUT_EMPTY;
}

enum http2_output_result http2_output_write_encrypted(struct http2 *http2)
{
        struct http2_output *output = http2->output;
        enum http2_output_result result = http2_output_flush(http2);

        if (result != HTTP2_OUTPUT_EMPTY)
                return result;
        joined.length = 0;
        joined.data = thread_buffer(THREAD_BUFFER_FRAMES, JOINED_MAX);
        if (!joined.data)
                return HTTP2_OUTPUT_FAILED;
        while (result == HTTP2_OUTPUT_EMPTY && joined.length < JOINED_MAX &&
               !http2_output_is_empty(output)) {
                struct http2_segment *segment = &output->segments[output->first];
                if (segment->bytes)
                        join_memory(http2, segment);
                else
                        result = join_file(http2, segment);
                if (segment->length == 0)
                        http2_output_release(http2, output->first + 1);
        }
        if (result == HTTP2_OUTPUT_FAILED)
                return result;
        /* Nothing is left of records: so all is taken. */
        const sluice_sink records = tls_sink(tls_of(http2));
        if (joined.length > 0 &&
            records.write(records.context, joined.data, joined.length, false) < 0)
                return HTTP2_OUTPUT_FAILED;
        return result;
}
