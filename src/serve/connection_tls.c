#include "serve/connection_tls.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "http/request.h"
#include "net/tls.h"
#include "serve/answer.h"
#include "serve/connection_peer.h"
#include "serve/error_log.h"
#include "serve/handshake_rate.h"
#include "serve/http2.h"

static bool is_one_too_many(const struct connection *c)
{
        struct worker *worker = c->exchange.worker;
        bool is_ip4 = c->peer_family == AF_INET;

        if (!worker->handshakes || (!is_ip4 && c->peer_family != AF_INET6))
                return false;
        if (!worker->service->options->tls_handshakes_given && connection_is_local(c))
                return false;
        return !handshake_rate_allow(worker->handshakes, c->peer, is_ip4 ? 4 : 8,
                                     loop_now_ns(worker->loop));
}

int connection_secure(struct connection *c)
{
        struct worker *worker = c->exchange.worker;
        if (!worker->service->tls || c->stream.tls || c->is_plain)
                return 0;
        if (is_one_too_many(c)) {
                metrics_add(&worker->metrics.tls_refused, 1);
                error_log_handshake(c, "its address has --tls-handshakes-per-address already");
                return -EBUSY;
        }
        int r = loop_secure(worker->loop, &c->stream, worker->service->tls, c->input,
                            c->input_length);
        c->input_length = 0;
        return r;
}

/* Who speaks HTTP here is told so in the language it speaks. */
static void answer_plainly(struct connection *c)
{
        static const struct request_failure plain = {
                .status = HTTP_BAD_REQUEST,
                .reason = "This port speaks HTTPS: ask for https:// instead of http://.",
        };
        struct exchange *exchange = &c->exchange;

        loop_unsecure(exchange->worker->loop, &c->stream);
        c->is_plain = true;
        exchange->worker->asked_ns = clock_monotonic_ns();
        answer_bad(exchange, NULL, &plain);
        c->state = CONNECTION_SENDING;
}

/* What was agreed on is spoken, whatever the first bytes look like. */
static void begin_protocol(struct connection *c)
{
        c->begun = true;
        if (!tls_agreed_on_http2(c->stream.tls))
                return;
        if (http2_open(&c->http2, c) < 0)
                connection_close(c);
        else
                c->state = CONNECTION_HTTP2;
}

void connection_secured(struct stream *stream, int result)
{
        struct connection *c = (void *)((char *)stream - offsetof(struct connection, stream));
        struct metrics *metrics = &c->exchange.worker->metrics;

        if (result == 0) {
                metrics_add(tls_is_by_kernel(stream->tls) ? &metrics->tls_by_kernel
                                                          : &metrics->tls_by_user,
                            1);
                begin_protocol(c);
                return;
        }
        metrics_add(&metrics->tls_failed, 1);
        if (tls_is_plain_http(stream->tls)) {
                answer_plainly(c);
                connection_continue(&c->exchange);
        } else {
                error_log_handshake(c, tls_error(stream->tls));
                connection_close(c);
        }
}
