#include "serve/sender.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "net/send.h"
#include "serve/connection.h"
#include "serve/file_sender.h"

#define BATCH_PARTS 34 /* PIPELINE_MAX heads and bodies, and some more */
/* So many pieces of files in a turn: what each sends may be little. */
#define TRANSFERS_MAX 8

/* What goes out by one call: heads and bodies that are in memory. */
struct batch {
        struct loop_send send;
        struct iovec parts[BATCH_PARTS];
};

void batch_free(struct batch *batch)
{
        free(batch);
}

static struct batch *batch_take(struct worker *worker)
{
        struct batch *batch = worker->spare_batch;
        worker->spare_batch = NULL;
        return batch ? batch : malloc(sizeof(*batch));
}

static void batch_give_back(struct worker *worker, struct batch *batch)
{
        if (worker->spare_batch)
                free(batch);
        else
                worker->spare_batch = batch;
}

/* ---- Finishing ---- */

static void finish_handed(struct connection *c)
{
        struct response *first;
        while ((first = STAILQ_FIRST(&c->exchange.responses)) != NULL && response_is_handed(first))
                exchange_finish_first(&c->exchange, true);
}

void sender_abort(struct connection *c)
{
        exchange_abort(&c->exchange);
        if (c->batch)
                batch_give_back(c->exchange.worker, c->batch);
        c->batch = NULL;
}

/* ---- From memory ---- */

static void gather(struct batch *batch, const char *data, size_t length)
{
        struct iovec *last = batch->send.count ? &batch->parts[batch->send.count - 1] : NULL;
        /* A ready-made head and its body are one run. */
        if (last && (const char *)last->iov_base + last->iov_len == data) {
                last->iov_len += length;
                return;
        }
        batch->parts[batch->send.count++] = (struct iovec){(void *)data, length};
}

/* Takes what the response still has in memory; false: the batch ends here. */
static bool gather_response(struct batch *batch, struct response *response)
{
        if (!response->head_handed) {
                if (batch->send.count == BATCH_PARTS)
                        return false;
                gather(batch, response->head.data, response->head.length);
                response->head_handed = true;
        }
        for (; response->part_next < response->part_count; response->part_next++) {
                const struct part *part = &response->parts[response->part_next];
                if (part->kind != PART_BYTES || batch->send.count == BATCH_PARTS)
                        return false;
                gather(batch, part->bytes, part->length);
                response->body_sent += part->length;
        }
        return true;
}

static enum sender_result send_batch(struct connection *c)
{
        struct batch *batch = batch_take(c->exchange.worker);
        if (!batch)
                return SENDER_FAILED;
        batch->send = (struct loop_send){.parts = batch->parts};

        struct response *response;
        STAILQ_FOREACH (response, &c->exchange.responses, queue) {
                if (response->head.overflow)
                        break;
                if (!gather_response(batch, response)) {
                        /* A file's bytes follow: its first packet is filled up. */
                        batch->send.flags = MSG_MORE;
                        break;
                }
        }

        ssize_t r = batch->send.count == 0
                            ? -EMSGSIZE
                            : loop_send(c->exchange.worker->loop, &c->stream, &batch->send);
        if (r == -EINPROGRESS) {
                c->batch = batch;
                return SENDER_WAIT;
        }
        batch_give_back(c->exchange.worker, batch);
        if (r < 0)
                return SENDER_FAILED;
        finish_handed(c);
        return SENDER_DONE;
}

void sender_sent(struct connection *c, bool complete)
{
        batch_give_back(c->exchange.worker, c->batch);
        c->batch = NULL;
        if (complete)
                finish_handed(c);
}

/* ---- The peer's pace ---- */

static void set_deadline(struct connection *c, uint32_t unconfirmed)
{
        struct loop *loop = c->exchange.worker->loop;
        c->moves = c->stream.moves;
        c->unconfirmed = unconfirmed;
        deadline_set(loop_deadlines(loop), &c->deadline, DEADLINE_SEND, loop_now_ns(loop));
}

void sender_expect(struct connection *c)
{
        set_deadline(c, UINT32_MAX);
}

/* Who reads slowly may have taken much, and yet there is no event: tcp(7)'s socket has
 * room again when a third of it is free, which is more than a megabyte. */
bool sender_has_moved(struct connection *c)
{
        struct send_queue queue = send_queue(c->stream.fd);
        /* It was full, or we would not wait. */
        uint32_t before = c->unconfirmed == UINT32_MAX ? queue.most : c->unconfirmed;
        bool moved = c->stream.moves != c->moves || queue.unconfirmed < before;
        if (moved)
                set_deadline(c, queue.unconfirmed);
        return moved;
}

/* ---- All of it ---- */

static enum sender_result give_way(struct connection *c)
{
        loop_yield(c->exchange.worker->loop, &c->stream);
        return SENDER_WAIT;
}

enum sender_result sender_run(struct connection *c)
{
        struct exchange *exchange = &c->exchange;
        enum sender_result result = exchange->task ? file_sender_after_task(exchange) : SENDER_DONE;
        unsigned transfers = 0;

        while (result == SENDER_DONE) {
                const struct response *first = STAILQ_FIRST(&exchange->responses);
                if (!first)
                        return SENDER_DONE;
                if (exchange->transfer)
                        result = file_sender_step(exchange);
                else if (first->head_handed && first->parts[first->part_next].kind == PART_FILE &&
                         transfers++ == TRANSFERS_MAX)
                        result = give_way(c);
                else if (first->head_handed && first->parts[first->part_next].kind == PART_FILE)
                        result = file_sender_open(exchange);
                else
                        result = send_batch(c);
        }
        return result;
}
