/* What nghttp2 is told, and what it tells. */
#include "serve/http2_session.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "http/body.h"
#include "serve/connection.h"
#include "serve/http2_output.h"

#define FRAME_HEAD_LENGTH 9 /* RFC 9113 4.1 */
/* Each frame costs two calls. A stream that is alone gets all that is queued at once; beside
 * others, longer frames would gain less than they cost those. */
#define FRAME_ALONE_MAX ((size_t)256 << 10)
#define FRAME_MAX ((size_t)128 << 10)
/* A record of TLS (RFC 8446 5.1). A frame of 16,384 bytes and its head would make two. */
#define RECORD_LENGTH ((size_t)16 << 10)
/* Shorter, a frame costs more than a record that is not full. */
#define FRAME_LEAST (RECORD_LENGTH / 4)
/* Behind a list of fields that is so many times too long, nothing good comes. */
#define FIELDS_BOMB ((uint64_t)8 * REQUEST_HEAD_MAX)

/* ---- Requests ---- */

static struct http2_shared *shared_of(const struct http2 *http2)
{
        return http2->connection->exchange.worker->http2;
}

void http2_session_drop_request(struct http2 *http2)
{
        struct http2_shared *shared = shared_of(http2);

        if (shared->spare_request)
                free(http2->request);
        else
                shared->spare_request = http2->request;
        http2->request = NULL;
        http2->request_stream = NULL;
}

void http2_session_spend(struct http2 *http2, unsigned cost)
{
        uint64_t now_ns = loop_now_ns(http2->connection->exchange.worker->loop);
        if (cost == 0 || http2_patience_spend(&http2->patience, cost, now_ns))
                return;
        if (!http2->abused)
                metrics_add(&http2->connection->exchange.worker->metrics.http2_abused, 1);
        http2->abused = true;
        (void)nghttp2_session_terminate_session(http2->session, NGHTTP2_ENHANCE_YOUR_CALM);
}

static struct http2_request *take_request(struct http2_shared *shared)
{
        struct http2_request *request = shared->spare_request;
        shared->spare_request = NULL;
        if (!request)
                request = malloc(sizeof(*request));
        if (request)
                http2_request_begin(request);
        return request;
}

static int begun(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
        struct http2 *http2 = context;

        if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
                return 0; /* trailers: passed over */
        struct http2_stream *stream = http2_stream_new(http2, frame->hd.stream_id);
        if (!stream)
                return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        (void)nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
        /* Of one that was malformed, nothing more is heard. */
        if (http2->request)
                http2_session_drop_request(http2);
        http2->request = take_request(shared_of(http2));
        http2->request_stream = stream;
        return http2->request ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int field_came(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                      size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
                      void *context)
{
        struct http2 *http2 = context;
        (void)flags, (void)frame;

        if (!http2->request)
                return 0;
        const struct span field = {(const char *)name, name_length};
        if (span_equal(field, SPAN_LITERAL("priority")))
                http2->request_stream->prioritized = true;
        http2_request_add(http2->request, field, (struct span){(const char *)value, value_length});
        if (http2->request->sent > FIELDS_BOMB)
                (void)nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
        return 0;
}

/* RFC 9113 8.2.1: a message with such a field is malformed. */
static int bad_field_came(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                          size_t name_length, const uint8_t *value, size_t value_length,
                          uint8_t flags, void *context)
{
        (void)session, (void)frame, (void)name, (void)name_length, (void)value, (void)value_length;
        (void)flags, (void)context;
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static void request_came(struct http2 *http2, bool has_body)
{
        struct http2_stream *stream = http2->request_stream;
        struct worker *worker = stream->exchange.worker;

        if (worker->service->keeps_time)
                worker->asked_ns = clock_monotonic_ns();
        /* What is wrong with it is kept in it. */
        (void)!http2_request_end(http2->request, has_body);
        http2_stream_respond(stream, http2->request);
        http2_session_drop_request(http2);
}

static int frame_begun(nghttp2_session *session, const nghttp2_frame_hd *head, void *context)
{
        http2_session_spend(context, http2_patience_cost(head));
        /* nghttp2 passes over PRIORITY frames, whatever they hold (RFC 9113 6.3). */
        if (head->type == NGHTTP2_PRIORITY && head->stream_id == 0)
                (void)nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR);
        return 0;
}

static int frame_came(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
        struct http2 *http2 = context;

        http2_session_spend(http2, http2_patience_cost_of_payload(frame));
        switch (frame->hd.type) {
        case NGHTTP2_HEADERS:
                if (http2->request && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
                        request_came(http2, !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM));
                break;
        case NGHTTP2_PRIORITY_UPDATE:
                if (((const nghttp2_ext_priority_update *)frame->ext.payload)->stream_id == 0)
                        (void)nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR);
                break;
        case NGHTTP2_PING:
                if (frame->hd.flags & NGHTTP2_FLAG_ACK && http2->goaway == HTTP2_GOAWAY_NOTICED)
                        http2->goaway = HTTP2_GOAWAY_DUE;
                break;
        default:
                break;
        }
        return 0;
}

/* Bodies of requests are of no use here; a short one is passed over. */
static int body_came(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                     size_t length, void *context)
{
        struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, id);
        (void)flags, (void)data, (void)context;

        if (!stream)
                return 0;
        bool within = stream->body_dropped <= BODY_DROP_MAX;
        stream->body_dropped += (uint32_t)length;
        if (within && stream->body_dropped > BODY_DROP_MAX)
                http2_stream_reset(stream,
                                   stream->ended ? NGHTTP2_NO_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
        return 0;
}

static int stream_closed(nghttp2_session *session, int32_t id, uint32_t error, void *context)
{
        struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, id);
        struct http2 *http2 = context;
        (void)error;

        if (!stream)
                return 0;
        if (http2->request_stream == stream)
                http2_session_drop_request(http2);
        http2_stream_close(stream);
        return 0;
}

/* ---- Answers ---- */

/* So that the frame ends where a record does. */
static size_t fill_records(size_t queued, size_t most)
{
        size_t before = queued + FRAME_HEAD_LENGTH;
        size_t length = (before + most) / RECORD_LENGTH * RECORD_LENGTH - before;
        return length < FRAME_LEAST ? most : length;
}

static ssize_t payload_max(nghttp2_session *session, uint8_t type, int32_t id,
                           int32_t session_window, int32_t stream_window, uint32_t frame_max,
                           void *context)
{
        const struct http2 *http2 = context;
        size_t length = http2->stream_count == 1 ? FRAME_ALONE_MAX : FRAME_MAX;
        (void)session, (void)type, (void)id;

        /* nghttp2 itself keeps to the windows. */
        (void)session_window, (void)stream_window;
        if (frame_max < length)
                length = frame_max;
        if (http2->connection->stream.tls)
                length = fill_records(http2_output_queued(http2->output), length);
        return (ssize_t)length;
}

static int send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head,
                     size_t length, nghttp2_data_source *source, void *context)
{
        struct http2 *http2 = context;
        (void)session, (void)frame;

        if (!http2_output_has_room(http2->output))
                return NGHTTP2_ERR_WOULDBLOCK;
        http2_output_add_frame(http2->output, head, FRAME_HEAD_LENGTH);
        http2_stream_commit(source->ptr, length);
        return 0;
}

static int frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
        if (frame->hd.type == NGHTTP2_RST_STREAM &&
            frame->rst_stream.error_code != NGHTTP2_NO_ERROR)
                http2_session_spend(context, HTTP2_COST_RESET);
        if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) ||
            (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS))
                return 0;
        struct http2_stream *stream =
                nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
        if (stream)
                http2_stream_end(stream);
        return 0;
}

/* ---- The session ---- */

static bool set_callbacks(struct http2_shared *shared)
{
        if (nghttp2_session_callbacks_new(&shared->callbacks) != 0)
                return false;
        nghttp2_session_callbacks *callbacks = shared->callbacks;
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, frame_begun);
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begun);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, field_came);
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, bad_field_came);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_came);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, body_came);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
        nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, payload_max);
        nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
        return true;
}

static bool set_options(struct http2_shared *shared)
{
        if (nghttp2_option_new(&shared->option) != 0)
                return false;
        /* What was closed is of no interest: its memory goes at once. */
        nghttp2_option_set_no_closed_streams(shared->option, 1);
        nghttp2_option_set_builtin_recv_extension_type(shared->option, NGHTTP2_PRIORITY_UPDATE);
        return true;
}

struct http2_shared *http2_shared_new(void)
{
        struct http2_shared *shared = calloc(1, sizeof(*shared));
        if (shared && set_callbacks(shared) && set_options(shared))
                return shared;
        http2_shared_free(shared);
        return NULL;
}

void http2_shared_free(struct http2_shared *shared)
{
        if (!shared)
                return;
        if (shared->callbacks)
                nghttp2_session_callbacks_del(shared->callbacks);
        if (shared->option)
                nghttp2_option_del(shared->option);
        http2_output_free(shared->spare_output);
        free(shared->spare_request);
        free(shared);
}

int http2_session_open(struct http2 *http2)
{
        const struct worker *worker = http2->connection->exchange.worker;
        const uint32_t streams = (uint32_t)worker->service->options->http2_streams;
        const nghttp2_settings_entry settings[] = {
                {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams},
                {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, REQUEST_HEAD_MAX},
                {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
        };
        const struct http2_shared *shared = worker->http2;

        if (nghttp2_session_server_new2(&http2->session, shared->callbacks, http2,
                                        shared->option) != 0)
                return -ENOMEM;
        if (nghttp2_submit_settings(http2->session, NGHTTP2_FLAG_NONE, settings,
                                    sizeof(settings) / sizeof(settings[0])) != 0) {
                nghttp2_session_del(http2->session);
                return -ENOMEM;
        }
        return 0;
}
