#include "serve/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/fd.h"
#include "http/request.h"
#include "serve/answer.h"
#include "serve/connection_input.h"
#include "serve/connection_peer.h"
#include "serve/connection_tls.h"
#include "serve/http2.h"
#include "serve/linger.h"
#include "serve/respond.h"
#include "serve/sender.h"
#include "serve/task.h"

/* Requests answered ahead of the peer reading the answers. */
#define PIPELINE_MAX 16

static struct connection *connection_of(struct stream *stream)
{
        return (void *)((char *)stream - offsetof(struct connection, stream));
}

static void set_deadline(struct connection *c, enum deadline_kind kind)
{
        struct loop *loop = c->exchange.worker->loop;
        deadline_set(loop_deadlines(loop), &c->deadline, kind, loop_now_ns(loop));
}

static void clear_deadline(struct connection *c)
{
        deadline_clear(loop_deadlines(c->exchange.worker->loop), &c->deadline);
}

/* ---- Opening and closing ---- */

int connection_open(struct worker *worker, int *fd, const struct address *peer, bool redirects)
{
        cleanup_fd int owned = fd_take(fd);
        struct connection *c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;
        exchange_init(&c->exchange, c, worker);
        c->stream.fd = owned;
        c->redirects = c->is_plain = redirects;
        c->begun = worker->service->options->no_http2;
        int r = connection_enter(c, peer) ? loop_add(worker->loop, &c->stream) : -EUSERS;
        if (r == 0 && !c->proxy_expected)
                r = connection_secure(c);
        if (r < 0) {
                connection_leave(c);
                free(c);
                if (r == -EUSERS)
                        *fd = fd_take(&owned);
                return r;
        }
        (void)fd_take(&owned);
        LIST_INSERT_HEAD(&worker->connections, c, all);
        set_deadline(c, DEADLINE_HEAD);
        return 0;
}

static void connection_free(struct connection *c)
{
        struct worker *worker = c->exchange.worker;
        connection_leave(c);
        LIST_REMOVE(c, all);
        free(c);
        worker_connection_ended(worker);
}

/* What uses it may still look at it. */
static void connection_end(struct connection *c)
{
        if (c->state == CONNECTION_CLOSED)
                return;
        task_abandon(&c->exchange);
        sender_abort(c);
        http2_free(c->http2);
        c->http2 = NULL;
        connection_drop_input(c);
        clear_deadline(c);
        loop_close(c->exchange.worker->loop, &c->stream);
        c->state = CONNECTION_CLOSED;
}

void connection_close(struct connection *c)
{
        if (c->state == CONNECTION_CLOSED)
                return;
        if (connection_is_idle(c))
                loop_say_end(c->exchange.worker->loop, &c->stream);
        connection_end(c);
        if (!c->running)
                connection_free(c);
}

bool connection_is_idle(const struct connection *c)
{
        if (c->http2)
                return http2_is_idle(c->http2);
        return c->state == CONNECTION_RECEIVING && c->input_length == 0 &&
               c->body.state == BODY_NONE;
}

/* ---- The machine ---- */

static enum connection_state after_sending(struct connection *c)
{
        const struct exchange *exchange = &c->exchange;

        /* Who was not told that it was the last one may have asked again. */
        if (!exchange->last_response &&
            (c->input_length > 0 || !worker_is_over(exchange->worker) || connection_has_asked(c)))
                return CONNECTION_RECEIVING;
        if (exchange->last_response && !exchange->linger && !linger_has_unread(c)) {
                loop_say_end(exchange->worker->loop, &c->stream);
                return CONNECTION_CLOSED;
        }
        c->input_length = 0;
        linger_begin(c, LINGER_MAX_S);
        return CONNECTION_LINGERING;
}

/* Answers the requests in the input, as far as they are complete. */
static enum connection_state run_receiving(struct connection *c)
{
        struct exchange *exchange = &c->exchange;
        struct http_request request;
        struct request_failure failure;
        size_t head_length;

        switch (connection_read_proxy(c)) {
        case PROXIED_KNOWN:
                break;
        case PROXIED_LATER:
                return CONNECTION_RECEIVING;
        case PROXIED_REFUSED:
                c->input_length = 0;
                linger_begin(c, LINGER_MAX_S);
                return CONNECTION_LINGERING;
        case PROXIED_BAD:
                return CONNECTION_CLOSED;
        }
        if (connection_secure(c) < 0)
                return CONNECTION_CLOSED;
        if (!c->begun && c->input_length > 0) {
                enum http2_preface preface = http2_preface(c->input, c->input_length);
                if (preface == HTTP2_PREFACE_FOUND)
                        return CONNECTION_HTTP2;
                if (preface == HTTP2_PREFACE_INCOMPLETE)
                        return CONNECTION_RECEIVING;
                c->begun = true;
        }
        while (c->input_length > 0 && !exchange->last_response &&
               exchange->response_count < PIPELINE_MAX) {
                if (c->body.state != BODY_NONE && !connection_drop_body(c))
                        break;
                if (c->input_length == 0)
                        break;
                enum request_state state = request_parse(c->input, c->input_length, c->input_seen,
                                                         &request, &head_length, &failure);
                if (state == REQUEST_INCOMPLETE) {
                        c->input_seen = c->input_length;
                        break;
                }
                if (exchange->worker->service->keeps_time)
                        exchange->worker->asked_ns = clock_monotonic_ns();
                if (state == REQUEST_BAD) {
                        answer_bad(exchange, &request, &failure);
                        break;
                }
                enum respond_result result = respond(exchange, &request);
                if (result == RESPOND_RESOLVING)
                        return CONNECTION_RESOLVING;
                if (result == RESPOND_LATER)
                        break;
                connection_consume(c, head_length);
                if (!request.has_body || !body_can_be_dropped(&request))
                        continue;
                body_drop_begin(&c->body, &request);
                /* What is still to come has to be waited for before closing. */
                if (exchange->last_response)
                        (void)connection_drop_body(c);
        }
        if (!STAILQ_EMPTY(&exchange->responses))
                return CONNECTION_SENDING;
        return exchange->last_response ? after_sending(c) : CONNECTION_RECEIVING;
}

static enum connection_state run_sending(struct connection *c)
{
        switch (sender_run(c)) {
        case SENDER_DONE:
                return after_sending(c);
        case SENDER_WAIT:
                return CONNECTION_SENDING;
        case SENDER_FAILED:
                break;
        }
        return CONNECTION_CLOSED;
}

/* HTTP/2 takes over, with what the first bytes begin. */
static enum connection_state run_http2(struct connection *c)
{
        size_t length = c->input_length;

        if (http2_open(&c->http2, c) < 0)
                return CONNECTION_CLOSED;
        c->input_length = 0;
        return http2_received(c->http2, c->input, length) ? CONNECTION_HTTP2 : CONNECTION_CLOSED;
}

/* Sees to what the state waits for: bytes, time, or a disk. */
static void wait_in_state(struct connection *c)
{
        struct loop *loop = c->exchange.worker->loop;

        switch (c->state) {
        case CONNECTION_RECEIVING:
                if (c->input_length == 0 && c->body.state == BODY_NONE)
                        set_deadline(c, DEADLINE_IDLE);
                else if (c->deadline.at_ns == 0 || c->deadline.kind != DEADLINE_HEAD)
                        set_deadline(c, DEADLINE_HEAD);
                loop_resume(loop, &c->stream);
                break;
        case CONNECTION_SENDING:
                loop_pause(loop, &c->stream);
                if (c->exchange.task)
                        clear_deadline(c);
                else
                        sender_expect(c);
                break;
        case CONNECTION_RESOLVING:
                loop_pause(loop, &c->stream);
                clear_deadline(c);
                break;
        case CONNECTION_HTTP2:
        case CONNECTION_LINGERING:
                break; /* it has seen to that */
        case CONNECTION_CLOSED:
                connection_free(c);
                break;
        }
}

/* Goes as far as it can without waiting. The connection may be gone after it. */
static void connection_run(struct connection *c)
{
        char *owned = c->input_is_ours ? c->input : NULL;
        enum connection_state before;

        c->running = true;
        c->input_is_ours = false;
        do {
                before = c->state;
                enum connection_state next = before;
                if (before == CONNECTION_RECEIVING)
                        next = run_receiving(c);
                else if (before == CONNECTION_SENDING)
                        next = run_sending(c);
                else if (before == CONNECTION_HTTP2 && !c->http2)
                        next = run_http2(c);
                if (next == CONNECTION_CLOSED)
                        connection_end(c);
                c->state = next;
                /* Back to receiving with nothing left over: there is nothing to see. */
        } while (c->state != before && c->state != CONNECTION_CLOSED &&
                 (c->state != CONNECTION_RECEIVING || c->input_length > 0));

        if (!connection_keep_input(c, owned))
                connection_end(c);
        c->running = false;
        wait_in_state(c);
}

/* http2 has had its turn. */
static void after_http2(struct connection *c, bool goes_on)
{
        if (!goes_on)
                connection_close(c);
}

/* ---- What the loop tells ---- */

static void received(struct stream *stream, const char *data, ssize_t result)
{
        struct connection *c = connection_of(stream);

        if (c->http2 && result >= 0) {
                after_http2(c, http2_received(c->http2, data, (size_t)result));
                return;
        }
        if (result <= 0) {
                connection_close(c);
                return;
        }
        if (c->state == CONNECTION_LINGERING) {
                if (!linger_received(c))
                        connection_close(c);
                return;
        }
        if (connection_take_input(c, data, (size_t)result))
                connection_run(c);
        else
                connection_close(c);
}

static void sent(struct stream *stream, ssize_t result)
{
        struct connection *c = connection_of(stream);
        if (!c->http2)
                sender_sent(c, result >= 0);
        if (result < 0)
                connection_close(c);
        else if (c->http2)
                after_http2(c, http2_sent(c->http2));
        else
                connection_run(c);
}

static void go_on(struct stream *stream)
{
        struct connection *c = connection_of(stream);
        if (c->http2)
                after_http2(c, http2_go_on(c->http2));
        else
                connection_run(c);
}

static void broken(struct stream *stream)
{
        connection_close(connection_of(stream));
}

const struct stream_handlers connection_handlers = {
        .received = received,
        .secured = connection_secured,
        .sent = sent,
        .ready = go_on,
        .resumed = go_on,
        .broken = broken,
};

void connection_continue(struct exchange *exchange)
{
        struct connection *c = exchange->connection;

        if (c->http2) {
                after_http2(c, http2_continue(c->http2, exchange));
                return;
        }
        if (c->state == CONNECTION_RESOLVING)
                c->state = CONNECTION_RECEIVING;
        connection_run(c);
}

void connection_expired(struct deadline *deadline)
{
        struct connection *c = (void *)((char *)deadline - offsetof(struct connection, deadline));
        static const struct request_failure late = {
                .status = HTTP_REQUEST_TIMEOUT,
                .reason = "The request was not complete in time.",
        };

        if (c->http2) {
                after_http2(c, http2_expired(c->http2, deadline->kind));
                return;
        }
        if ((c->state == CONNECTION_LINGERING && linger_expired(c)) ||
            (c->state == CONNECTION_SENDING && sender_has_moved(c)))
                return;
        if (connection_is_idle(c)) {
                linger_dismiss(c);
                return;
        }
        if (deadline->kind != DEADLINE_HEAD || c->input_length == 0) {
                connection_close(c);
                return;
        }
        c->exchange.worker->asked_ns = clock_monotonic_ns();
        answer_bad(&c->exchange, NULL, &late);
        c->state = CONNECTION_SENDING;
        connection_run(c);
}
