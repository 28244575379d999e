#include "serve/file_sender.h"

#include <errno.h>

#include "net/send.h"
#include "net/tls.h"
#include "serve/connection.h"
#include "serve/request_log.h"
#include "serve/task.h"

#define FILLED_FROM ((uint64_t)1 << 20)
#define FILLED_CONNECTIONS_MAX 8

static bool has_few_connections(const struct worker *worker)
{
        const struct connection *connection;
        unsigned count = 0;

        LIST_FOREACH (connection, &worker->connections, all)
                if (++count > FILLED_CONNECTIONS_MAX)
                        return false;
        return true;
}

/* The peer's acknowledgements come while sendfile(2) is filling the next segment, and
 * with TCP_NODELAY each sends what is there: 49 KB instead of 65 over loopback, for
 * a fifth more CPU. Beside many connections they come between the steps instead,
 * and to keep the last bytes of a step back only costs. */
static void fill_segments(struct exchange *exchange, uint64_t length)
{
        if (length < FILLED_FROM || sluice_may_wait_for_disk(exchange->transfer) ||
            !has_few_connections(exchange->worker))
                return;
        send_fill_segments(exchange->connection->stream.fd, true);
        exchange->fills_segments = true;
}

/* What is waited for now may take longer than that may wait, or be its arrival. */
static void send_what_is_kept_back(struct exchange *exchange)
{
        if (!exchange->fills_segments)
                return;
        send_fill_segments(exchange->connection->stream.fd, false);
        send_fill_segments(exchange->connection->stream.fd, true);
}

static enum sender_result open_with(struct exchange *exchange, const sluice_method *method)
{
        const struct response *response = STAILQ_FIRST(&exchange->responses);
        const struct part *part = &response->parts[response->part_next];
        struct file *file = response->file;
        unsigned flags = SLUICE_ASK_DISK | SLUICE_TO_SOCKET;
        int r = 0;

        if (response->part_next + 1 < response->part_count || STAILQ_NEXT(response, queue))
                flags |= SLUICE_MORE_FOLLOWS;
        if (!file->source)
                r = sluice_source_open(&file->source, file->fd);
        if (r < 0)
                return SENDER_FAILED;
        struct stream *stream = &exchange->connection->stream;
        if (stream->tls && !tls_is_by_kernel(stream->tls)) {
                const sluice_sink sink = tls_sink(stream->tls);
                r = sluice_open_sink(&exchange->transfer, &sink, file->source, part->offset,
                                     part->length, method, flags);
        } else {
                r = sluice_open_source(&exchange->transfer, stream->fd, file->source, part->offset,
                                       part->length, method, flags);
        }
        if (r < 0)
                return SENDER_FAILED;
        fill_segments(exchange, part->length);
        return SENDER_DONE;
}

const sluice_method *file_sender_method(const struct exchange *exchange, const struct site *site)
{
        const struct tls *tls = exchange->connection->stream.tls;
        return tls && !tls_is_by_kernel(tls) ? site->tls_method : site->method;
}

enum sender_result file_sender_open(struct exchange *exchange)
{
        return open_with(exchange,
                         file_sender_method(exchange, STAILQ_FIRST(&exchange->responses)->site));
}

/* A giant that is not in the page cache, and is asked for the first time, would
 * push out what others ask for all the time. */
bool file_sender_is_guarded(const struct response *response)
{
        const struct site *site = response->site;
        return site->guard_method && response->file->size > site->guard_bytes &&
               !response->file->asked_before && !response->past_cache;
}

void file_sender_leave_cache(struct exchange *exchange)
{
        struct response *response = STAILQ_FIRST(&exchange->responses);

        exchange_end_transfer(exchange);
        response->past_cache = true;
        response->file->asked_before = true;
}

/* Sends what is left of the part past the page cache. */
static enum sender_result go_past_cache(struct exchange *exchange, struct response *response)
{
        struct part *part = &response->parts[response->part_next];
        uint64_t sent = sluice_sent(exchange->transfer);

        part->offset += sent;
        part->length -= sent;
        file_sender_leave_cache(exchange);
        return open_with(exchange, response->site->guard_method);
}

static enum sender_result warm(struct exchange *exchange, struct response *response)
{
        uint64_t offset, length;

        if (file_sender_is_guarded(response))
                return go_past_cache(exchange, response);
        send_what_is_kept_back(exchange);
        sluice_window(exchange->transfer, &offset, &length);
        uint64_t ahead = sluice_window_ahead(exchange->transfer);
        int r = task_start_warm(exchange, response->file, offset, length, ahead);
        return r < 0 ? SENDER_FAILED : SENDER_WAIT;
}

static enum sender_result wait_for_transfer(struct exchange *exchange)
{
        struct loop *loop = exchange->worker->loop;
        struct stream *stream = &exchange->connection->stream;
        int fd;
        short events;

        int r = sluice_wait_for(exchange->transfer, &fd, &events);
        if (r == 0 && fd != stream->fd)
                r = loop_wait_other(loop, stream, fd, events);
        else if (r == 0 && sluice_may_wait_for_disk(exchange->transfer))
                loop_wait_late(loop, stream); /* it was a disk thread's step */
        else if (r == 0)
                loop_wait(loop, stream);
        return r < 0 ? SENDER_FAILED : SENDER_WAIT;
}

/* What a step of the transfer says. */
static void tell_trouble(struct exchange *exchange, int error)
{
        const struct response *response = STAILQ_FIRST(&exchange->responses);
        request_log_trouble(exchange, response->site, response->file->name, error);
}

static enum sender_result after_step(struct exchange *exchange, enum sluice_step step)
{
        struct response *response = STAILQ_FIRST(&exchange->responses);

        switch (step) {
        case SLUICE_DONE:
                exchange_end_transfer(exchange);
                response->part_next++;
                if (response_is_handed(response))
                        exchange_finish_first(exchange, true);
                return SENDER_DONE;
        case SLUICE_MORE:
                loop_yield(exchange->worker->loop, &exchange->connection->stream);
                return SENDER_WAIT;
        case SLUICE_WAIT_COMPLETION:
                send_what_is_kept_back(exchange);
                return wait_for_transfer(exchange);
        case SLUICE_WANT_WRITE:
                return wait_for_transfer(exchange);
        case SLUICE_WANT_DISK:
                return warm(exchange, response);
        case SLUICE_FAILED:
                tell_trouble(exchange, sluice_error(exchange->transfer));
                break;
        case SLUICE_SOURCE_SHORT:
                break;
        }
        return SENDER_FAILED;
}

enum sender_result file_sender_step(struct exchange *exchange)
{
        uint64_t budget = exchange->site->service->options->step_bytes;

        if (!sluice_may_wait_for_disk(exchange->transfer))
                return after_step(exchange, sluice_step(exchange->transfer, budget));
        return task_start_step(exchange, budget) < 0 ? SENDER_FAILED : SENDER_WAIT;
}

enum sender_result file_sender_after_task(struct exchange *exchange)
{
        if (task_is_step(exchange))
                return after_step(exchange, task_take_step(exchange));
        int r = task_take_warmed(exchange);
        /* The file may have been cut short meanwhile: the next step sees that. */
        if (r == 0 || r == -ENODATA)
                return SENDER_DONE;
        tell_trouble(exchange, r);
        return SENDER_FAILED;
}
