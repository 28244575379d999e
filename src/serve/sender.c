#include "serve/sender.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "serve/connection.h"
#include "serve/request_log.h"
#include "serve/task.h"

#define BATCH_PARTS 34 /* PIPELINE_MAX heads and bodies, and some more */
/* So many pieces of files in a turn: what each sends may be little. */
#define TRANSFERS_MAX 8
#define STEP_BUDGET ((uint64_t)2 << 20) /* a connection's bytes in one turn of the loop */

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

static void finish_first(struct connection *c, bool complete)
{
        struct response *response = STAILQ_FIRST(&c->responses);
        STAILQ_REMOVE_HEAD(&c->responses, queue);
        c->response_count--;
        request_log_response(c, response, complete);
        metrics_count_response(&c->worker->metrics, response, complete);
        response_free(&c->worker->responses, response);
}

static void finish_handed(struct connection *c)
{
        struct response *first;
        while ((first = STAILQ_FIRST(&c->responses)) != NULL && response_is_handed(first))
                finish_first(c, true);
}

static void end_transfer(struct connection *c)
{
        struct response *response = STAILQ_FIRST(&c->responses);
        response->way = sluice_method_name(sluice_method_used(c->transfer, NULL));
        response->body_sent += sluice_sent(c->transfer);
        request_log_fallbacks(c);
        metrics_count_fallbacks(&c->worker->metrics, c->transfer);
        sluice_close(c->transfer);
        c->transfer = NULL;
}

void sender_abort(struct connection *c)
{
        if (c->transfer)
                end_transfer(c);
        while (!STAILQ_EMPTY(&c->responses))
                finish_first(c, false);
        if (c->batch)
                batch_give_back(c->worker, c->batch);
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
        struct batch *batch = batch_take(c->worker);
        if (!batch)
                return SENDER_FAILED;
        batch->send = (struct loop_send){.parts = batch->parts};

        struct response *response;
        STAILQ_FOREACH (response, &c->responses, queue) {
                if (response->head.overflow)
                        break;
                if (!gather_response(batch, response)) {
                        /* A file's bytes follow: its first packet is filled up. */
                        batch->send.flags = MSG_MORE;
                        break;
                }
        }

        ssize_t r = batch->send.count == 0 ? -EMSGSIZE
                                           : loop_send(c->worker->loop, &c->stream, &batch->send);
        if (r == -EINPROGRESS) {
                c->batch = batch;
                return SENDER_WAIT;
        }
        batch_give_back(c->worker, batch);
        if (r < 0)
                return SENDER_FAILED;
        finish_handed(c);
        return SENDER_DONE;
}

void sender_sent(struct connection *c, bool complete)
{
        batch_give_back(c->worker, c->batch);
        c->batch = NULL;
        if (complete)
                finish_handed(c);
}

/* ---- From a file ---- */

static enum sender_result open_transfer(struct connection *c, const sluice_method *method)
{
        const struct response *response = STAILQ_FIRST(&c->responses);
        const struct part *part = &response->parts[response->part_next];
        struct file *file = response->file;
        unsigned flags = SLUICE_ASK_DISK | SLUICE_TO_SOCKET;
        int r = 0;

        if (response->part_next + 1 < response->part_count || STAILQ_NEXT(response, queue))
                flags |= SLUICE_MORE_FOLLOWS;
        if (!file->source)
                r = sluice_source_open(&file->source, file->fd);
        if (r == 0)
                r = sluice_open_source(&c->transfer, c->stream.fd, file->source, part->offset,
                                       part->length, method, flags);
        return r < 0 ? SENDER_FAILED : SENDER_DONE;
}

/* A giant that is not in the page cache, and is asked for the first time, would
 * push out what others ask for all the time. */
static bool is_guarded(const struct connection *c, const struct response *response)
{
        const struct site *site = c->worker->site;
        return site->guard_method && response->file->size > site->guard_bytes &&
               !response->file->asked_before && !response->past_cache;
}

/* Sends what is left of the part past the page cache. */
static enum sender_result go_past_cache(struct connection *c, struct response *response)
{
        struct part *part = &response->parts[response->part_next];
        uint64_t sent = sluice_sent(c->transfer);

        end_transfer(c);
        part->offset += sent;
        part->length -= sent;
        response->past_cache = true;
        response->file->asked_before = true;
        return open_transfer(c, c->worker->site->guard_method);
}

static enum sender_result warm(struct connection *c, struct response *response)
{
        uint64_t offset, length;

        if (is_guarded(c, response))
                return go_past_cache(c, response);
        sluice_window(c->transfer, &offset, &length);
        uint64_t ahead = sluice_window_ahead(c->transfer);
        int r = task_start_warm(c, response->file, offset, length, ahead);
        return r < 0 ? SENDER_FAILED : SENDER_WAIT;
}

static enum sender_result wait_for_transfer(struct connection *c)
{
        struct loop *loop = c->worker->loop;
        int fd;
        short events;

        int r = sluice_wait_for(c->transfer, &fd, &events);
        if (r == 0 && fd != c->stream.fd)
                r = loop_wait_other(loop, &c->stream, fd, events);
        else if (r == 0 && sluice_may_wait_for_disk(c->transfer)) /* it was a disk thread's step */
                loop_wait_late(loop, &c->stream);
        else if (r == 0)
                loop_wait(loop, &c->stream);
        return r < 0 ? SENDER_FAILED : SENDER_WAIT;
}

static enum sender_result give_way(struct connection *c)
{
        loop_yield(c->worker->loop, &c->stream);
        return SENDER_WAIT;
}

/* What a step of the transfer says. DONE: on with the loop in sender_run(). */
static enum sender_result after_step(struct connection *c, enum sluice_step step)
{
        struct response *response = STAILQ_FIRST(&c->responses);

        switch (step) {
        case SLUICE_DONE:
                end_transfer(c);
                response->part_next++;
                finish_handed(c);
                return SENDER_DONE;
        case SLUICE_MORE:
                return give_way(c);
        case SLUICE_WANT_WRITE:
        case SLUICE_WAIT_COMPLETION:
                return wait_for_transfer(c);
        case SLUICE_WANT_DISK:
                return warm(c, response);
        case SLUICE_SOURCE_SHORT:
        case SLUICE_FAILED:
                break;
        }
        return SENDER_FAILED;
}

static enum sender_result step_transfer(struct connection *c)
{
        if (!sluice_may_wait_for_disk(c->transfer))
                return after_step(c, sluice_step(c->transfer, STEP_BUDGET));
        return task_start_step(c, STEP_BUDGET) < 0 ? SENDER_FAILED : SENDER_WAIT;
}

/* The connection's task is done. */
static enum sender_result after_task(struct connection *c)
{
        if (task_is_step(c))
                return after_step(c, task_take_step(c));
        int r = task_take_warmed(c);
        /* The file may have been cut short meanwhile: the next step sees that. */
        return r < 0 && r != -ENODATA ? SENDER_FAILED : SENDER_DONE;
}

enum sender_result sender_run(struct connection *c)
{
        enum sender_result result = c->task ? after_task(c) : SENDER_DONE;
        unsigned transfers = 0;

        while (result == SENDER_DONE) {
                const struct response *first = STAILQ_FIRST(&c->responses);
                if (!first)
                        return SENDER_DONE;
                if (c->transfer)
                        result = step_transfer(c);
                else if (first->head_handed && first->parts[first->part_next].kind == PART_FILE &&
                         transfers++ == TRANSFERS_MAX)
                        result = give_way(c);
                else if (first->head_handed && first->parts[first->part_next].kind == PART_FILE)
                        result = open_transfer(c, c->worker->site->method);
                else
                        result = send_batch(c);
        }
        return result;
}
