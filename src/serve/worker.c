#include "serve/worker.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/thread.h"
#include "http/date.h"
#include "serve/access_log.h"
#include "serve/authentication.h"
#include "serve/connection.h"
#include "serve/handshake_rate.h"
#include "serve/http2.h"
#include "serve/linger.h"
#include "serve/sender.h"

#define LINGER_NS (2 * NS_PER_S)
#define ACCEPT_AGAIN_NS (20 * NS_PER_MS)
#define DOORS_NS (100 * NS_PER_MS)
/* Who asks all the time has asked once more by then, and read that it was the last. */
#define LAST_CALL_NS (500 * NS_PER_MS)

/* One alone would soon be taken by another worker. */
#define ROOM 16

/* ---- Descriptors ---- */

static void make_room(struct worker *worker)
{
        if (!cache_close_some(worker->cache, ROOM))
                (void)refusals_drop_oldest(&worker->entrance.refusals);
}

static void room_delivered(struct loop_message *message)
{
        struct worker *worker = (void *)((char *)message - offsetof(struct worker, room));
        atomic_store(&worker->room_wanted, false);
        make_room(worker);
}

static void ask_for_room(struct worker *worker)
{
        if (atomic_exchange(&worker->room_wanted, true))
                return;
        worker->room.deliver = room_delivered;
        loop_post(worker->loop, &worker->room);
}

void workers_make_room(const struct service *service)
{
        for (size_t i = 0; i < service->worker_count; i++)
                ask_for_room(service->workers[i]);
}

void worker_make_room(struct worker *worker)
{
        const struct service *service = worker->service;
        make_room(worker);
        for (size_t i = 0; i < service->worker_count; i++)
                if (service->workers[i] != worker)
                        ask_for_room(service->workers[i]);
}

/* ---- Life ---- */

static void set_durations(struct worker *worker)
{
        const struct serve_options *options = worker->service->options;
        struct deadlines *deadlines = loop_deadlines(worker->loop);

        deadlines_set_duration(deadlines, DEADLINE_HEAD, options->header_timeout_ms * NS_PER_MS);
        deadlines_set_duration(deadlines, DEADLINE_IDLE, options->idle_timeout_ms * NS_PER_MS);
        deadlines_set_duration(deadlines, DEADLINE_SEND, options->send_timeout_ms * NS_PER_MS);
        deadlines_set_duration(deadlines, DEADLINE_STREAM, options->send_timeout_ms * NS_PER_MS);
        deadlines_set_duration(deadlines, DEADLINE_LINGER, LINGER_NS);
        deadlines_set_duration(deadlines, DEADLINE_GRACE, options->grace_ms * NS_PER_MS + 1);
        deadlines_set_duration(deadlines, DEADLINE_ACCEPT, ACCEPT_AGAIN_NS);
        deadlines_set_duration(deadlines, DEADLINE_DOORS, DOORS_NS);
        deadlines_set_duration(deadlines, DEADLINE_LAST_CALL, LAST_CALL_NS);
}

static int open_parts(struct worker *worker)
{
        const struct service *service = worker->service;
        const struct serve_options *options = service->options;
        struct cache_limits limits = {
                .entries = options->cache_entries,
                .descriptors = service->descriptors.cached / service->worker_count,
                .body_bytes = options->cache_bytes,
                .valid_ns = options->cache_valid_ms * NS_PER_MS,
        };

        int r = cache_new(&worker->cache, &limits);
        if (r == 0)
                r = loop_new(&worker->loop, &connection_handlers);
        if (r < 0)
                return r;
        closer_init(&worker->closer, service->disk_pool, worker->loop);
        set_durations(worker);
        return entrance_open(&worker->entrance);
}

int worker_new(struct worker **ret_worker, const struct service *service, int listeners[],
               size_t listener_count, size_t secure_count)
{
        struct worker *worker = calloc(1, sizeof(*worker));
        if (!worker) {
                for (size_t i = 0; i < listener_count; i++)
                        fd_close(&listeners[i]);
                return -ENOMEM;
        }
        worker->service = service;
        worker->now_s = -1;
        LIST_INIT(&worker->connections);
        if (service->has_passwords)
                worker->proofs = proofs_new();
        response_store_init(&worker->responses, RESPONSE_HEAD_SIZE + service->fields_longest);
        entrance_init(&worker->entrance, worker, listeners, listener_count, secure_count);
        if (service->tls && service->options->tls_handshakes_per_address > 0)
                worker->handshakes =
                        handshake_rate_new(service->options->tls_handshakes_per_address);

        int r = open_parts(worker);
        if (r < 0) {
                (void)worker_free(worker);
                return r;
        }
        *ret_worker = worker;
        return 0;
}

static void end_connections(struct worker *worker, bool also_busy)
{
        struct connection *connection = LIST_FIRST(&worker->connections);
        while (connection) {
                struct connection *next = LIST_NEXT(connection, all);
                if (also_busy)
                        connection_close(connection);
                else if (connection_is_idle(connection) && !connection_has_asked(connection))
                        linger_dismiss(connection);
                connection = next;
        }
}

/* Those that can be told are: no more requests. */
static void shut_down_connections(struct worker *worker, bool at_once)
{
        struct connection *connection = LIST_FIRST(&worker->connections);
        while (connection) {
                struct connection *next = LIST_NEXT(connection, all);
                if (connection->http2)
                        http2_shut_down(connection->http2, at_once);
                connection = next;
        }
}

bool worker_waits_to_close(const struct worker *worker)
{
        return worker->closer.open > 0;
}

bool worker_free(struct worker *worker)
{
        if (!worker)
                return true;
        worker->closer.pool = NULL;
        entrance_done(&worker->entrance);
        end_connections(worker, true);
        /* Delivers the last tasks, which may hold files of the cache. */
        loop_free(worker->loop);
        response_store_done(&worker->responses);
        batch_free(worker->spare_batch);
        http2_shared_free(worker->http2);
        cache_free(worker->cache);
        proofs_free(worker->proofs);
        handshake_rate_free(worker->handshakes);
        text_done(&worker->log);
        text_done(&worker->errors);
        bool closed = !worker_waits_to_close(worker);
        free(worker);
        return closed;
}

/* ---- Running ---- */

static void end_if_done(struct worker *worker)
{
        if (worker->stopping && LIST_EMPTY(&worker->connections) &&
            entrance_is_empty(&worker->entrance))
                loop_stop(worker->loop);
}

static void expired(void *context, struct deadline *deadline)
{
        struct worker *worker = context;
        if (deadline == &worker->grace) {
                entrance_give_up(&worker->entrance);
                end_connections(worker, !worker->draining);
                worker->draining = false;
                end_if_done(worker);
        } else if (deadline == &worker->last_call) {
                shut_down_connections(worker, true);
                end_connections(worker, false);
                end_if_done(worker);
        } else if (entrance_expired(&worker->entrance, deadline)) {
                end_if_done(worker);
        } else if (deadline->kind == DEADLINE_STREAM) {
                http2_stream_expired(deadline);
        } else {
                connection_expired(deadline);
        }
}

static void hand_over(const struct worker *worker, enum log_stream stream, struct text *lines)
{
        if (lines->length == 0)
                return;
        access_log_add(worker->service->log, stream, (struct span){lines->data, lines->length});
        lines->length = 0;
        lines->failed = false;
}

static void turned(void *context)
{
        struct worker *worker = context;
        hand_over(worker, LOG_ACCESS, &worker->log);
        hand_over(worker, LOG_ERROR, &worker->errors);
}

void worker_connection_ended(struct worker *worker)
{
        metrics_add(&worker->metrics.connections_ended, 1);
        admission_give_place(worker->service->admission);
        entrance_place_given(&worker->entrance);
        end_if_done(worker);
}

bool worker_is_over(const struct worker *worker)
{
        return worker->stopping && !worker->draining && worker->last_call.at_ns == 0;
}

static void begin_stopping(struct worker *worker)
{
        worker->stopping = true;
        deadline_set(loop_deadlines(worker->loop), &worker->grace, DEADLINE_GRACE,
                     loop_now_ns(worker->loop));
}

static void stop_delivered(struct loop_message *message)
{
        struct worker *worker = (void *)((char *)message - offsetof(struct worker, stop));
        struct deadlines *deadlines = loop_deadlines(worker->loop);
        uint64_t now_ns = loop_now_ns(worker->loop);

        if (!worker->stopping)
                entrance_let_in_last(&worker->entrance);
        begin_stopping(worker);
        worker->draining = false;
        shut_down_connections(worker, false);
        deadline_set(deadlines, &worker->last_call, DEADLINE_LAST_CALL, now_ns);
        end_if_done(worker);
}

static void drain_delivered(struct loop_message *message)
{
        struct worker *worker = (void *)((char *)message - offsetof(struct worker, drain));

        if (!worker->stopping)
                entrance_drain(&worker->entrance);
        begin_stopping(worker);
        worker->draining = true;
        shut_down_connections(worker, false);
        end_if_done(worker);
}

static void ping_delivered(struct loop_message *message)
{
        const struct worker *worker = (void *)((char *)message - offsetof(struct worker, ping));
        const uint64_t one = 1;
        (void)!write(worker->alive_fd, &one, sizeof(one));
}

void worker_ping(struct worker *worker, int alive_fd)
{
        worker->alive_fd = alive_fd;
        worker->ping.deliver = ping_delivered;
        loop_post(worker->loop, &worker->ping);
}

void worker_stop(struct worker *worker)
{
        worker->stop.deliver = stop_delivered;
        loop_post(worker->loop, &worker->stop);
}

void worker_drain(struct worker *worker)
{
        worker->drain.deliver = drain_delivered;
        loop_post(worker->loop, &worker->drain);
}

static void *thread_main(void *argument)
{
        struct worker *worker = argument;
        const struct loop_hooks hooks = {
                .context = worker,
                .expired = expired,
                .turned = turned,
        };
        /* epoll_wait(2) fails only for mistakes of ours. */
        if (loop_run(worker->loop, &hooks) < 0)
                abort();
        turned(worker);
        const uint64_t one = 1;
        (void)!write(worker->ended_fd, &one, sizeof(one));
        return NULL;
}

int worker_start(struct worker *worker, int ended_fd)
{
        worker->ended_fd = ended_fd;
        return thread_start(&worker->thread, NULL, thread_main, worker);
}

void worker_join(struct worker *worker)
{
        (void)pthread_join(worker->thread, NULL);
}

void worker_read_clock(struct worker *worker)
{
        static const char name[] = "Date: ";
        int64_t now_s = time(NULL);
        if (now_s == worker->now_s)
                return;
        worker->now_s = now_s;
        memcpy(worker->date_line, name, sizeof(name) - 1);
        date_write(now_s, worker->date_line + sizeof(name) - 1);
        memcpy(worker->date_line + sizeof(name) - 1 + DATE_LENGTH, "\r\n", 2);
        worker->date_length = sizeof(name) - 1 + DATE_LENGTH + 2;
}
