#include "serve/http2_stream.h"

#include <errno.h>
#include <stdlib.h>

#include "http/http2_head.h"
#include "serve/answer.h"
#include "serve/connection.h"
#include "serve/file_sender.h"
#include "serve/http2_output.h"
#include "serve/http2_session.h"
#include "serve/request_log.h"
#include "serve/respond.h"
#include "serve/task.h"

/* Warmed at once where the file system does not say what is in memory. */
#define BLIND_WINDOW ((uint64_t)1 << 20)
#define FRAME_LEAST 16384 /* the payload that every peer takes (RFC 9113 4.2) */

/* ---- Life ---- */

struct http2_stream *http2_stream_new(struct http2 *http2, int32_t id)
{
        struct http2_stream *stream = calloc(1, sizeof(*stream));
        if (!stream)
                return NULL;
        exchange_init(&stream->exchange, http2->connection, http2->connection->exchange.worker);
        stream->http2 = http2;
        stream->id = id;
        LIST_INSERT_HEAD(&http2->streams, stream, all);
        http2->stream_count++;
        return stream;
}

static struct deadlines *deadlines_of(struct http2_stream *stream)
{
        return loop_deadlines(stream->exchange.worker->loop);
}

/* The peer has taken something: it has time again to take more. */
static void expect_progress(struct http2_stream *stream)
{
        stream->seen = http2_output_taken(stream->http2, stream->http2->bodies_written);
        deadline_set(deadlines_of(stream), &stream->deadline, DEADLINE_STREAM,
                     loop_now_ns(stream->exchange.worker->loop));
}

void http2_stream_free(struct http2_stream *stream)
{
        deadline_clear(deadlines_of(stream), &stream->deadline);
        task_abandon(&stream->exchange);
        exchange_abort(&stream->exchange);
        LIST_REMOVE(stream, all);
        stream->http2->stream_count--;
        free(stream->request);
        free(stream);
}

/* All that is to be sent is out. */
static void finish(struct http2_stream *stream)
{
        if (stream->exchange.transfer)
                exchange_end_transfer(&stream->exchange);
        if (!STAILQ_EMPTY(&stream->exchange.responses))
                exchange_finish_first(&stream->exchange, true);
}

static void let_go(struct http2_stream *stream)
{
        if (stream->queued > 0)
                return;
        if (stream->ended)
                finish(stream);
        if (stream->closed)
                http2_stream_free(stream);
}

void http2_stream_close(struct http2_stream *stream)
{
        stream->closed = true;
        let_go(stream);
}

void http2_stream_end(struct http2_stream *stream)
{
        stream->ended = true;
        let_go(stream);
}

void http2_stream_reset(struct http2_stream *stream, uint32_t error)
{
        (void)nghttp2_submit_rst_stream(stream->http2->session, NGHTTP2_FLAG_NONE, stream->id,
                                        error);
}

void http2_stream_expire(struct http2_stream *stream)
{
        nghttp2_session *session = stream->http2->session;
        uint64_t taken = http2_output_taken(stream->http2, stream->http2->bodies_written);
        bool window = nghttp2_session_get_stream_remote_window_size(session, stream->id) > 0;

        if (stream->ended && stream->queued == 0)
                http2_stream_reset(stream, NGHTTP2_NO_ERROR);
        else if (window && taken != stream->seen)
                expect_progress(stream);
        else
                http2_stream_reset(stream, NGHTTP2_CANCEL);
}

/* ---- Answering ---- */

static struct response *response_of(struct http2_stream *stream)
{
        return STAILQ_FIRST(&stream->exchange.responses);
}

/* RFC 9218 4.2 has who says nothing be served one after the other. But who says nothing
 * most often has not heard of it: then all go on, each by a frame in turn. */
static void serve_in_turn(struct http2_stream *stream)
{
        const nghttp2_extpri in_turn = {.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};
        if (!stream->prioritized)
                (void)nghttp2_session_change_extpri_stream_priority(stream->http2->session,
                                                                    stream->id, &in_turn, 0);
}

static void submit(struct http2_stream *stream)
{
        struct response *response = response_of(stream);
        nghttp2_nv fields[HTTP2_HEAD_FIELDS_MAX];
        nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = http2_stream_read};
        size_t count;
        int r = -ENOMEM;

        if (response && !response->head.overflow &&
            http2_head_read((struct span){response->head.data, response->head.length}, fields,
                            &count))
                r = nghttp2_submit_response(stream->http2->session, stream->id, fields, count,
                                            response->part_count ? &provider : NULL);
        if (r == 0 && response->part_count > 0 && response->parts[0].length > FRAME_LEAST)
                serve_in_turn(stream);
        if (r != 0)
                http2_stream_reset(stream, NGHTTP2_INTERNAL_ERROR);
        expect_progress(stream);
}

void http2_stream_respond(struct http2_stream *stream, struct http2_request *request)
{
        if (request->failure.reason) {
                answer_bad(&stream->exchange, &request->request, &request->failure);
                submit(stream);
                return;
        }
        if (respond(&stream->exchange, &request->request) == RESPOND_QUEUED) {
                submit(stream);
                return;
        }
        deadline_clear(deadlines_of(stream), &stream->deadline);
        if (!stream->request)
                stream->request = http2_request_copy(request);
        if (!stream->request)
                http2_stream_reset(stream, NGHTTP2_INTERNAL_ERROR);
}

void http2_stream_continue(struct http2_stream *stream)
{
        if (stream->request) {
                http2_stream_respond(stream, stream->request);
                if (!stream->exchange.task) {
                        free(stream->request);
                        stream->request = NULL;
                }
                return;
        }
        const struct response *response = STAILQ_FIRST(&stream->exchange.responses);
        int r = task_take_warmed(&stream->exchange);
        expect_progress(stream);
        if (r == 0 && stream->deferred)
                stream->warmed = stream->warming;
        if (r < 0 && response && response->file)
                request_log_trouble(&stream->exchange, response->site, response->file->name, r);
        if (r < 0 && stream->deferred)
                http2_stream_reset(stream, NGHTTP2_INTERNAL_ERROR);
        else if (stream->deferred)
                (void)nghttp2_session_resume_data(stream->http2->session, stream->id);
        stream->deferred = false;
}

/* ---- The body ---- */

#define FLAGS (SLUICE_ASK_DISK | SLUICE_TO_SOCKET | SLUICE_PUSH_STEPS | SLUICE_PREPARED)

static const sluice_method *method_of(const struct http2_stream *stream,
                                      const struct response *response)
{
        if (response->past_cache)
                return response->site->guard_method;
        return http2_output_is_encrypted(stream->http2) ? response->site->tls_method
                                                        : response->site->stream_method;
}

static int open_transfer(struct http2_stream *stream, const struct part *part)
{
        struct exchange *exchange = &stream->exchange;
        struct response *response = response_of(stream);
        struct file *file = response->file;
        int r = 0;

        if (!file->source)
                r = sluice_source_open(&file->source, file->fd);
        if (r < 0)
                return r;
        if (http2_output_is_encrypted(stream->http2)) {
                const sluice_sink sink = http2_output_sink(stream->http2);
                r = sluice_open_sink(&exchange->transfer, &sink, file->source, part->offset,
                                     part->length, method_of(stream, response), FLAGS);
        } else {
                r = sluice_open_source(&exchange->transfer, exchange->connection->stream.fd,
                                       file->source, part->offset, part->length,
                                       method_of(stream, response), FLAGS);
        }
        stream->transfer_part = response->part_next;
        stream->transfer_committed = stream->warmed = 0;
        return r;
}

static int start_fetching(struct http2_stream *stream, const struct part *part)
{
        struct exchange *exchange = &stream->exchange;
        uint64_t offset, length, ahead = 0;

        if (sluice_wants_prepare(exchange->transfer))
                return task_start_prepare(exchange);
        if (sluice_may_wait_for_disk(exchange->transfer)) {
                offset = part->offset + stream->transfer_committed;
                length = part->length < BLIND_WINDOW ? part->length : BLIND_WINDOW;
                stream->warming = stream->transfer_committed + length;
        } else {
                sluice_window(exchange->transfer, &offset, &length);
                ahead = sluice_window_ahead(exchange->transfer);
        }
        return task_start_warm(exchange, response_of(stream)->file, offset, length, ahead);
}

/* What a step would wait for a task brings in. */
static bool fetch(struct http2_stream *stream, const struct part *part)
{
        if (start_fetching(stream, part) < 0)
                return false;
        deadline_clear(deadlines_of(stream), &stream->deadline);
        return true;
}

/* What of the transfer a step would not have to wait for. Where nobody can say, that
 * is what a task has read just now. */
static uint64_t ready_of_transfer(struct http2_stream *stream)
{
        sluice_transfer *transfer = stream->exchange.transfer;
        uint64_t sent = sluice_sent(transfer);

        if (!sluice_may_wait_for_disk(transfer))
                return sluice_ready(transfer);
        return stream->warmed > sent ? stream->warmed - sent : 0;
}

/* All that was committed is out. */
static bool go_past_cache(struct http2_stream *stream, struct part *part)
{
        part->offset += stream->transfer_committed;
        file_sender_leave_cache(&stream->exchange);
        return open_transfer(stream, part) == 0;
}

/* How many bytes of the file can follow at once; or an error of nghttp2. */
static ssize_t ready_of_file(struct http2_stream *stream, struct part *part)
{
        struct exchange *exchange = &stream->exchange;

        /* Ranges: the one before is still on its way out. */
        if (exchange->transfer && stream->transfer_part != response_of(stream)->part_next) {
                stream->deferred = true;
                return NGHTTP2_ERR_DEFERRED;
        }
        if (!exchange->transfer && open_transfer(stream, part) < 0)
                return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        /* What is queued already has not moved the transfer on. */
        uint64_t ready = ready_of_transfer(stream);
        uint64_t queued = stream->transfer_committed - sluice_sent(exchange->transfer);
        if (ready > queued)
                return (ssize_t)(ready - queued);
        stream->deferred = true;
        if (queued > 0)
                return NGHTTP2_ERR_DEFERRED;
        bool guarded = file_sender_is_guarded(response_of(stream));
        if ((guarded && !go_past_cache(stream, part)) || !fetch(stream, part))
                return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        return NGHTTP2_ERR_DEFERRED;
}

ssize_t http2_stream_read(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t length,
                          uint32_t *flags, nghttp2_data_source *source, void *context)
{
        struct http2_stream *stream = source->ptr;
        const struct response *response = response_of(stream);
        struct part *part = &response->parts[response->part_next];
        (void)session, (void)id, (void)buffer, (void)context;

        if (part->kind == PART_FILE) {
                ssize_t ready = ready_of_file(stream, part);
                if (ready < 0)
                        return ready;
                length = (size_t)ready < length ? (size_t)ready : length;
        }
        *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
        if (length < part->length)
                return (ssize_t)length;
        if (response->part_next + 1 == response->part_count)
                *flags |= NGHTTP2_DATA_FLAG_EOF;
        return (ssize_t)part->length;
}

void http2_stream_commit(struct http2_stream *stream, size_t length)
{
        struct response *response = response_of(stream);
        struct part *part = &response->parts[response->part_next];

        http2_output_add_body(stream->http2->output, stream,
                              part->kind == PART_BYTES ? part->bytes : NULL, length);
        if (part->kind == PART_BYTES)
                part->bytes += length;
        else
                stream->transfer_committed += length;
        part->length -= length;
        if (part->length == 0)
                response->part_next++;
        expect_progress(stream);
}

void http2_stream_count(struct http2_stream *stream, size_t length)
{
        response_of(stream)->body_sent += length;
}

void http2_stream_flushed(struct http2_stream *stream, size_t length, bool of_file)
{
        struct exchange *exchange = &stream->exchange;
        struct response *response = response_of(stream);

        stream->queued--;
        if (!of_file)
                response->body_sent += length;
        if (exchange->transfer && stream->queued == 0 &&
            stream->transfer_part != response->part_next)
                exchange_end_transfer(exchange);
        if (stream->deferred && stream->queued == 0 && !exchange->task) {
                stream->deferred = false;
                (void)nghttp2_session_resume_data(stream->http2->session, stream->id);
        }
        let_go(stream);
}
