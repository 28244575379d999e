#include "serve/http2.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "serve/connection.h"
#include "serve/http2_output.h"
#include "serve/http2_session.h"
#include "serve/linger.h"

/* A connection's bytes in one turn of the loop. */
#define TURN_BYTES ((uint64_t)2 << 20)
/* Answers to frames that nghttp2 holds while the peer takes none: then no more
 * frames are read. */
#define HELD_MAX 256
#define LINGER_ABUSED_S 2

static struct worker *worker_of(const struct http2 *http2)
{
        return http2->connection->exchange.worker;
}

enum http2_preface http2_preface(const char *data, size_t length)
{
        size_t whole = NGHTTP2_CLIENT_MAGIC_LEN;
        if (memcmp(data, NGHTTP2_CLIENT_MAGIC, length < whole ? length : whole) != 0)
                return HTTP2_PREFACE_NOT;
        return length < whole ? HTTP2_PREFACE_INCOMPLETE : HTTP2_PREFACE_FOUND;
}

/* ---- Life ---- */

int http2_open(struct http2 **ret_http2, struct connection *connection)
{
        struct worker *worker = connection->exchange.worker;
        if (!worker->http2)
                worker->http2 = http2_shared_new();
        struct http2 *http2 = worker->http2 ? calloc(1, sizeof(*http2)) : NULL;
        if (!http2)
                return -ENOMEM;
        http2->connection = connection;
        LIST_INIT(&http2->streams);
        int r = http2_session_open(http2);
        if (r < 0) {
                free(http2);
                return r;
        }
        metrics_add(&worker->metrics.http2_connections, 1);
        *ret_http2 = http2;
        return 0;
}

void http2_free(struct http2 *http2)
{
        struct http2_stream *stream;

        if (!http2)
                return;
        struct http2_shared *shared = worker_of(http2)->http2;
        while ((stream = LIST_FIRST(&http2->streams)) != NULL)
                http2_stream_free(stream);
        if (http2->request)
                http2_session_drop_request(http2);
        if (http2->output)
                http2_output_give_back(shared, http2->output);
        nghttp2_session_del(http2->session);
        free(http2);
}

bool http2_is_idle(const struct http2 *http2)
{
        return http2->stream_count == 0 && !http2->request && !http2->output &&
               http2->blocked == HTTP2_BLOCKED_NOT;
}

/* ---- Sending ---- */

/* Takes frames from nghttp2 as long as there is room for them. */
static bool fill(struct http2 *http2)
{
        const uint8_t *frame;
        ssize_t length = 0;

        while (http2_output_has_room(http2->output) &&
               (length = nghttp2_session_mem_send(http2->session, &frame)) > 0)
                http2_output_add_frame(http2->output, frame, (size_t)length);
        return length >= 0;
}

/* Fills and writes until there is nothing left, or something to wait for. */
static bool send_all(struct http2 *http2)
{
        struct worker *worker = worker_of(http2);
        uint64_t sent = 0;

        while (http2->blocked == HTTP2_BLOCKED_NOT) {
                if (!http2->output && nghttp2_session_want_write(http2->session) == 0)
                        break;
                if (!http2->output)
                        http2->output = http2_output_take(worker->http2);
                if (!http2->output || !fill(http2))
                        return false;
                if (http2_output_is_empty(http2->output))
                        break;
                sent += http2_output_queued(http2->output);
                if (http2_output_write(http2) == HTTP2_OUTPUT_FAILED)
                        return false;
                if (http2->blocked == HTTP2_BLOCKED_NOT && sent >= TURN_BYTES) {
                        http2->blocked = HTTP2_BLOCKED_TURN;
                        loop_yield(worker->loop, &http2->connection->stream);
                }
        }
        if (http2->output && http2_output_is_empty(http2->output)) {
                http2_output_give_back(worker->http2, http2->output);
                http2->output = NULL;
        }
        return http2->blocked != HTTP2_BLOCKED_NOT || !http2_output_is_encrypted(http2) ||
               http2_output_flush(http2) != HTTP2_OUTPUT_FAILED;
}

static void set_deadline(struct http2 *http2, enum deadline_kind kind)
{
        struct loop *loop = worker_of(http2)->loop;
        deadline_set(loop_deadlines(loop), &http2->connection->deadline, kind, loop_now_ns(loop));
}

/* The peer must take some bytes until then, or until later when it has. */
static void expect_progress(struct http2 *http2)
{
        const struct deadline *deadline = &http2->connection->deadline;
        uint64_t progress = http2_output_taken(http2, http2->written);

        if (deadline->at_ns && deadline->kind == DEADLINE_SEND && progress == http2->progress)
                return;
        http2->progress = progress;
        set_deadline(http2, DEADLINE_SEND);
}

static void set_once(struct http2 *http2, enum deadline_kind kind)
{
        const struct deadline *deadline = &http2->connection->deadline;
        if (deadline->at_ns == 0 || deadline->kind != kind)
                set_deadline(http2, kind);
}

/* Streams have deadlines of their own. The connection's is for what belongs to no
 * stream: a head that comes, bytes that are not taken, the next request. */
static void wait_for_peer(struct http2 *http2)
{
        struct connection *c = http2->connection;
        struct loop *loop = worker_of(http2)->loop;

        if (http2->over)
                set_once(http2, DEADLINE_LINGER);
        else if (http2->blocked == HTTP2_BLOCKED_SEND || http2->blocked == HTTP2_BLOCKED_ROOM)
                expect_progress(http2);
        else if (http2->request)
                set_once(http2, DEADLINE_HEAD);
        else if (!http2_is_idle(http2))
                deadline_clear(loop_deadlines(loop), &c->deadline);
        else if (http2->goaway == HTTP2_GOAWAY_NOTICED)
                set_once(http2, DEADLINE_LINGER);
        else
                set_once(http2, DEADLINE_IDLE);

        bool held = http2->blocked != HTTP2_BLOCKED_NOT &&
                    nghttp2_session_get_outbound_queue_size(http2->session) > HELD_MAX;
        if (held || http2->peer_finished)
                loop_pause(loop, &c->stream);
        else
                loop_resume(loop, &c->stream);
}

static void send_goaway(struct http2 *http2)
{
        int32_t last = nghttp2_session_get_last_proc_stream_id(http2->session);
        (void)nghttp2_submit_goaway(http2->session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL,
                                    0);
        http2->goaway = HTTP2_GOAWAY_SENT;
}

/* What is still open waits for the peer, who sends no more. */
static bool is_stuck(const struct http2 *http2)
{
        const struct http2_stream *stream;
        LIST_FOREACH (stream, &http2->streams, all)
                if (stream->exchange.task)
                        return false;
        return true;
}

/* Goes as far as it can without waiting. */
static bool run(struct http2 *http2)
{
        if (http2->goaway == HTTP2_GOAWAY_DUE)
                send_goaway(http2);
        if (!send_all(http2))
                return false;
        if (http2->blocked == HTTP2_BLOCKED_NOT) {
                bool over = nghttp2_session_want_read(http2->session) == 0 &&
                            nghttp2_session_want_write(http2->session) == 0;
                if (http2->peer_finished && (over || is_stuck(http2)))
                        return false;
                if (over && !http2->over)
                        linger_begin(http2->connection,
                                     http2->abused ? LINGER_ABUSED_S : LINGER_MAX_S);
                http2->over |= over;
        }
        wait_for_peer(http2);
        return true;
}

/* ---- What happens ---- */

bool http2_received(struct http2 *http2, const char *data, size_t length)
{
        if (http2->over)
                return length > 0 && linger_received(http2->connection);
        if (length == 0)
                http2->peer_finished = true;
        ssize_t n = nghttp2_session_mem_recv(http2->session, (const uint8_t *)data, length);
        if (n == NGHTTP2_ERR_NOMEM || n == NGHTTP2_ERR_CALLBACK_FAILURE)
                return false;
        if (n < 0) { /* a flood, or no preface */
                http2->abused = true;
                (void)nghttp2_session_terminate_session(http2->session,
                                                        n == NGHTTP2_ERR_BAD_CLIENT_MAGIC
                                                                ? NGHTTP2_PROTOCOL_ERROR
                                                                : NGHTTP2_ENHANCE_YOUR_CALM);
        }
        return run(http2);
}

bool http2_sent(struct http2 *http2)
{
        http2->blocked = HTTP2_BLOCKED_NOT;
        http2_output_sent(http2);
        return run(http2);
}

bool http2_go_on(struct http2 *http2)
{
        http2->blocked = HTTP2_BLOCKED_NOT;
        return run(http2);
}

bool http2_continue(struct http2 *http2, struct exchange *exchange)
{
        struct http2_stream *stream =
                (void *)((char *)exchange - offsetof(struct http2_stream, exchange));

        /* Another stream's task is no reason to look at the disk again. */
        if (http2->blocked == HTTP2_BLOCKED_DISK && http2_output_waits_for(http2->output, stream))
                http2->blocked = HTTP2_BLOCKED_NOT;
        http2_stream_continue(stream);
        return run(http2);
}

bool http2_expired(struct http2 *http2, unsigned kind)
{
        if (http2->over)
                return !http2->abused && linger_expired(http2->connection);
        switch (kind) {
        case DEADLINE_SEND:
                if (http2_output_taken(http2, http2->written) == http2->progress)
                        return false;
                break;
        case DEADLINE_LINGER: /* it does not answer our PING */
                http2->goaway = HTTP2_GOAWAY_DUE;
                break;
        case DEADLINE_IDLE:
                (void)nghttp2_session_terminate_session(http2->session, NGHTTP2_NO_ERROR);
                break;
        default:
                (void)nghttp2_session_terminate_session(http2->session, NGHTTP2_ENHANCE_YOUR_CALM);
        }
        return run(http2);
}

void http2_stream_expired(struct deadline *deadline)
{
        struct http2_stream *stream =
                (void *)((char *)deadline - offsetof(struct http2_stream, deadline));
        struct http2 *http2 = stream->http2;

        http2_stream_expire(stream);
        if (!run(http2))
                connection_close(http2->connection);
}

void http2_shut_down(struct http2 *http2, bool at_once)
{
        if (at_once) {
                http2->goaway = HTTP2_GOAWAY_DUE;
        } else if (http2->goaway == HTTP2_GOAWAY_NOT) {
                http2->goaway = HTTP2_GOAWAY_NOTICED;
                (void)nghttp2_submit_shutdown_notice(http2->session);
                (void)nghttp2_submit_ping(http2->session, NGHTTP2_FLAG_NONE, NULL);
        }
        if (!run(http2))
                connection_close(http2->connection);
}
