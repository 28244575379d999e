/* The loop, carried by epoll(7), edge-triggered: a socket is registered once, for
 * all it may ever wait for, and no call more is spent on it. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/fd.h"
#include "net/loop_epoll.h"
#include "net/send.h"
#include "net/tls.h"

#define STREAM_EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

int loop_register(struct loop *loop, int fd, uint32_t events, void *pointer, uintptr_t tag)
{
        struct epoll_event event = {.events = events, .data.u64 = (uintptr_t)pointer | tag};
        return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int loop_new(struct loop **ret_loop, const struct stream_handlers *handlers)
{
        struct loop *loop = malloc(sizeof(*loop));
        if (!loop)
                return -ENOMEM;
        loop->stopping = false;
        loop->told = NULL;
        loop->handlers = handlers;
        loop->event_count = loop->event_next = 0;
        deadlines_init(&loop->deadlines);
        TAILQ_INIT(&loop->turns);
        loop->now_ns = clock_coarse_ns();

        loop->epoll_fd = -1;
        int r = mailbox_open(&loop->mailbox);
        if (r == 0) {
                loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
                r = loop->epoll_fd < 0 ? -errno : 0;
        }
        if (r == 0)
                r = loop_register(loop, loop->mailbox.fd, EPOLLIN, NULL, 0);
        if (r < 0) {
                loop_free(loop);
                return r;
        }
        *ret_loop = loop;
        return 0;
}

void loop_free(struct loop *loop)
{
        if (!loop)
                return;
        if (loop->mailbox.fd >= 0)
                mailbox_deliver(&loop->mailbox);
        mailbox_close(&loop->mailbox);
        fd_close(&loop->epoll_fd);
        free(loop);
}

uint64_t loop_now_ns(const struct loop *loop)
{
        return loop->now_ns;
}

struct deadlines *loop_deadlines(struct loop *loop)
{
        return &loop->deadlines;
}

void loop_post(struct loop *loop, struct loop_message *message)
{
        mailbox_post(&loop->mailbox, message);
}

void loop_stop(struct loop *loop)
{
        loop->stopping = true;
}

/* ---- Streams ---- */

void loop_queue_turn(struct loop *loop, struct stream *stream)
{
        if (stream->queued)
                return;
        stream->queued = true;
        TAILQ_INSERT_TAIL(&loop->turns, stream, queue);
}

int loop_add(struct loop *loop, struct stream *stream)
{
        *stream = (struct stream){.fd = stream->fd, .receiving = true};
        return loop_register(loop, stream->fd, STREAM_EVENTS, stream, 0);
}

static void forget(struct loop *loop, struct stream *stream)
{
        if (stream->queued)
                TAILQ_REMOVE(&loop->turns, stream, queue);
        stream->queued = false;
        if (loop->told == stream)
                loop->told = NULL;
        /* What this turn has yet to say of it is about nobody now. */
        for (int i = loop->event_next; i < loop->event_count; i++)
                if ((loop->events[i].data.u64 & ~TAGS) == (uintptr_t)stream)
                        loop->events[i].events = 0;
}

void loop_close(struct loop *loop, struct stream *stream)
{
        forget(loop, stream);
        tls_free(stream->tls);
        stream->tls = NULL;
        /* Closing the last descriptor of a socket also takes it out of the epoll. */
        fd_close(&stream->fd);
}

int loop_release(struct loop *loop, struct stream *stream)
{
        forget(loop, stream);
        (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, stream->fd, NULL);
        return fd_take(&stream->fd);
}

void loop_pause(struct loop *loop, struct stream *stream)
{
        (void)loop;
        stream->receiving = false;
}

void loop_resume(struct loop *loop, struct stream *stream)
{
        stream->receiving = true;
        if (stream->readable)
                loop_queue_turn(loop, stream);
}

ssize_t loop_receive(struct loop *loop, struct stream *stream)
{
        ssize_t n;
        do
                n = recv(stream->fd, loop->buffer, RECEIVE_SIZE, 0);
        while (n < 0 && errno == EINTR);

        if (n < 0 && errno == EAGAIN) {
                stream->readable = false;
                return -EAGAIN;
        }
        /* A short answer means drained: the next byte makes a new edge. But a FIN
         * that was already announced makes none. */
        stream->readable = n == (ssize_t)RECEIVE_SIZE || stream->finished;
        if (n > 0 && stream->readable)
                loop_queue_turn(loop, stream);
        return n < 0 ? -errno : n;
}

static void receive(struct loop *loop, struct stream *stream)
{
        if (stream->tls) {
                loop_receive_tls(loop, stream);
                return;
        }
        ssize_t n = loop_receive(loop, stream);
        if (n != -EAGAIN)
                loop->handlers->received(stream, loop->buffer, n);
}

static ssize_t send_stream(struct stream *stream, struct loop_send *send)
{
        return stream->tls ? tls_send(stream->tls, send) : send_parts(stream->fd, send);
}

ssize_t loop_send(struct loop *loop, struct stream *stream, struct loop_send *send)
{
        (void)loop;
        ssize_t r = send_stream(stream, send);
        if (r == -EINPROGRESS) {
                stream->sending = true;
                stream->send = send;
        }
        return r;
}

void loop_wait(struct loop *loop, struct stream *stream)
{
        (void)loop;
        stream->waiting = true;
}

void loop_wait_late(struct loop *loop, struct stream *stream)
{
        struct epoll_event event = {.events = STREAM_EVENTS, .data.u64 = (uintptr_t)stream};
        stream->waiting = true;
        /* epoll_ctl(2): a modification looks at once, and reports what it finds. */
        (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, stream->fd, &event);
}

int loop_wait_other(struct loop *loop, struct stream *stream, int fd, short events)
{
        /* poll(2)'s and epoll(7)'s events have the same values. Once: whoever waits
         * again asks again, and finds it registered already. */
        struct epoll_event event = {
                .events = (uint32_t)events | EPOLLONESHOT,
                .data.u64 = (uintptr_t)stream | OTHER_TAG,
        };
        int r = epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event);
        if (r < 0 && errno == ENOENT)
                r = epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
        stream->waiting = r == 0;
        return r < 0 ? -errno : 0;
}

void loop_yield(struct loop *loop, struct stream *stream)
{
        stream->yielded = true;
        loop_queue_turn(loop, stream);
}

/* Goes on with the operation that waited. The stream may be gone then. */
static void write_side(struct loop *loop, struct stream *stream)
{
        if (stream->waiting) {
                stream->waiting = false;
                loop->handlers->ready(stream);
                return;
        }
        ssize_t r = send_stream(stream, stream->send);
        if (r == -EINPROGRESS)
                return;
        stream->sending = false;
        loop->handlers->sent(stream, r);
}

static void other_event(struct loop *loop, struct stream *stream)
{
        if (stream->waiting)
                write_side(loop, stream);
}

static void stream_event(struct loop *loop, struct stream *stream, uint32_t events)
{
        if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
                stream->readable = true;
        if (events & (EPOLLRDHUP | EPOLLHUP))
                stream->finished = true;
        /* While it is paused a disk thread may be at the records; its owner flushes them. */
        if (stream->tls && stream->receiving && events & EPOLLOUT && tls_go_on(stream->tls))
                stream->readable = true;

        if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP) && (stream->sending || stream->waiting)) {
                stream->moves += (events & EPOLLOUT) != 0;
                /* What is readable gets its own turn, if the stream is still there. */
                if (stream->readable && stream->receiving)
                        loop_queue_turn(loop, stream);
                write_side(loop, stream);
                return;
        }
        if (stream->readable && stream->receiving)
                receive(loop, stream);
        else if (events & EPOLLHUP && !stream->yielded)
                loop->handlers->broken(stream);
}

/* ---- Turning ---- */

static void handle_event(struct loop *loop, struct epoll_event event)
{
        uintptr_t pointer = (uintptr_t)event.data.u64;

        if (event.events == 0)
                return;
        if (pointer == 0)
                mailbox_deliver(&loop->mailbox);
        else if (pointer & ACCEPTOR_TAG)
                (void)loop_accept_some(loop, (struct acceptor *)(pointer & ~TAGS));
        else if (pointer & OTHER_TAG)
                other_event(loop, (struct stream *)(pointer & ~TAGS));
        else
                stream_event(loop, (struct stream *)pointer, event.events);
}

/* Those queued now; who queues again meanwhile comes in the next turn. */
static void take_turns(struct loop *loop)
{
        struct stream *stream, *last = TAILQ_LAST(&loop->turns, stream_queue);
        bool done = last == NULL;

        while (!done && (stream = TAILQ_FIRST(&loop->turns)) != NULL) {
                done = stream == last;
                TAILQ_REMOVE(&loop->turns, stream, queue);
                stream->queued = false;
                if (stream->yielded) {
                        stream->yielded = false;
                        if (stream->readable && stream->receiving)
                                loop_queue_turn(loop, stream);
                        loop->handlers->resumed(stream);
                } else if (stream->readable && stream->receiving) {
                        receive(loop, stream);
                }
        }
}

int loop_run(struct loop *loop, const struct loop_hooks *hooks)
{
        while (!loop->stopping) {
                bool idle = TAILQ_EMPTY(&loop->turns);
                int timeout_ms = idle ? deadlines_next_ms(&loop->deadlines, loop->now_ns) : 0;
                int n = epoll_wait(loop->epoll_fd, loop->events, EVENTS_MAX, timeout_ms);
                if (n < 0 && errno != EINTR)
                        return -errno;

                loop->now_ns = clock_coarse_ns();
                loop->event_count = n < 0 ? 0 : n;
                loop->event_next = 0;
                while (loop->event_next < loop->event_count)
                        handle_event(loop, loop->events[loop->event_next++]);
                take_turns(loop);

                struct deadline *deadline;
                while ((deadline = deadlines_pop(&loop->deadlines, loop->now_ns)) != NULL)
                        hooks->expired(hooks->context, deadline);
                hooks->turned(hooks->context);
        }
        return 0;
}
