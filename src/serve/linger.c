#include "serve/linger.h"

#include "base/clock.h"
#include "net/send.h"
#include "serve/connection.h"

static struct loop *loop_of(const struct connection *c)
{
        return c->exchange.worker->loop;
}

static uint64_t now_s(const struct connection *c)
{
        return loop_now_ns(loop_of(c)) / NS_PER_S;
}

static void wait_on(struct connection *c)
{
        deadline_set(loop_deadlines(loop_of(c)), &c->deadline, DEADLINE_LINGER,
                     loop_now_ns(loop_of(c)));
}

static uint32_t unconfirmed(const struct connection *c)
{
        return send_queue(c->stream.fd).unconfirmed;
}

bool linger_has_unread(const struct connection *c)
{
        return c->input_length > 0 || c->body.state != BODY_NONE || c->stream.readable;
}

void linger_begin(struct connection *c, unsigned most_s)
{
        c->linger_until_s = (uint32_t)(now_s(c) + most_s);
        c->unconfirmed = unconfirmed(c);
        loop_finish(loop_of(c), &c->stream);
        loop_resume(loop_of(c), &c->stream);
        wait_on(c);
}

bool linger_received(struct connection *c)
{
        if (now_s(c) >= c->linger_until_s)
                return false;
        wait_on(c);
        return true;
}

bool linger_expired(struct connection *c)
{
        uint32_t before = c->unconfirmed;
        c->unconfirmed = unconfirmed(c);
        if (c->unconfirmed == 0)
                return false;
        if (c->unconfirmed >= before && now_s(c) >= c->linger_until_s)
                return false;
        wait_on(c);
        return true;
}

void linger_dismiss(struct connection *c)
{
        if (unconfirmed(c) == 0) {
                connection_close(c);
        } else if (!c->http2) {
                c->state = CONNECTION_LINGERING;
                linger_begin(c, LINGER_MAX_S);
        }
}
