/* One thread's event loop. It speaks in completions, so that readiness (epoll)
 * or a ring (io_uring) could carry it: an operation may complete at once, and
 * then its result is returned; or later, and then it returns -EINPROGRESS and
 * the stream's handler is called with the result.
 *
 * A handler may close any stream, also its own. Nothing here is for use by
 * another thread but loop_post(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "net/address.h"
#include "net/deadlines.h"

struct loop;
struct stream;
struct tls;
struct tls_context;

struct stream_handlers {
        /* Bytes arrived: result of them, at data, which is the loop's and valid
         * during the call. 0: the peer sends no more. Or -errno. Called again
         * and again, until loop_pause(). */
        void (*received)(struct stream *stream, const char *data, ssize_t result);
        /* loop_secure()'s handshake: 0, or -errno: then the owner closes. */
        void (*secured)(struct stream *stream, int result);
        /* loop_send() is done: all its bytes, or -errno. */
        void (*sent)(struct stream *stream, ssize_t result);
        /* loop_wait() is done. */
        void (*ready)(struct stream *stream);
        /* loop_yield() is done: all others have had their turn. */
        void (*resumed)(struct stream *stream);
        /* The connection is gone, and no operation is under way that would tell. */
        void (*broken)(struct stream *stream);
};

/* Part of its owner's structure. The owner reads fd, tls and moves; the rest is the loop's. */
struct stream {
        int fd;
        bool receiving : 1; /* not paused */
        bool readable : 1; /* more may be there */
        bool finished : 1; /* the peer's FIN has been seen */
        bool waiting : 1; /* loop_wait() is under way */
        bool sending : 1;
        bool yielded : 1; /* loop_yield() is under way */
        bool queued : 1; /* for another turn */
        unsigned moves; /* how often a full socket had room again: the owner may compare */
        struct loop_send *send;
        struct tls *tls; /* NULL: bytes go as they are */
        TAILQ_ENTRY(stream) queue;
};

/* What to send: the owner's, and left alone until it is done. */
struct loop_send {
        struct iovec *parts; /* moved on as bytes leave */
        size_t count;
        int flags; /* of send(2): MSG_MORE */
        ssize_t total; /* bytes sent so far */
};

/* A listening socket. Part of its owner's structure. */
struct acceptor {
        int fd;
        bool paused;
        void *context; /* the handlers' */
        /* A connection, which is the handler's now. */
        void (*accepted)(struct acceptor *acceptor, int fd, const struct address *peer);
        /* No descriptor or memory: -errno. Accepting is paused until loop_accept_resume(). */
        void (*starved)(struct acceptor *acceptor, int error);
};

/* Something another thread has for this one. */
struct loop_message {
        struct loop_message *next;
        void (*deliver)(struct loop_message *message);
};

int loop_new(struct loop **ret_loop, const struct stream_handlers *handlers)
        __attribute__((warn_unused_result));
/* Delivers what other threads have posted, then frees. Nobody may post any more. */
void loop_free(struct loop *loop);

struct loop_hooks {
        void *context;
        void (*expired)(void *context, struct deadline *deadline); /* it has passed */
        void (*turned)(void *context); /* every event of a turn has been handled */
};

/* Runs until loop_stop(). 0, or -errno when the kernel refuses to wait. */
int loop_run(struct loop *loop, const struct loop_hooks *hooks) __attribute__((warn_unused_result));
void loop_stop(struct loop *loop);
/* CLOCK_MONOTONIC_COARSE as of this turn: no call. */
uint64_t loop_now_ns(const struct loop *loop);
struct deadlines *loop_deadlines(struct loop *loop);

int loop_accept(struct loop *loop, struct acceptor *acceptor) __attribute__((warn_unused_result));
void loop_accept_resume(struct loop *loop, struct acceptor *acceptor);
void loop_accept_stop(struct loop *loop, struct acceptor *acceptor);
void loop_accept_last(struct loop *loop, struct acceptor *acceptor); /* all who wait, then stops */

/* Starts receiving on stream->fd, a non-blocking socket. */
int loop_add(struct loop *loop, struct stream *stream) __attribute__((warn_unused_result));
/* Forgets the stream and closes its descriptor. */
void loop_close(struct loop *loop, struct stream *stream);
/* From now on by TLS: what is received and sent by the loop is plaintext, as before.
 * data: what has been received already of the peer's first record; copied. -ENOMEM. */
int loop_secure(struct loop *loop, struct stream *stream, struct tls_context *context,
                const char *data, size_t length) __attribute__((warn_unused_result));
/* From now on without, after a handshake that failed; what had come is dropped. */
void loop_unsecure(struct loop *loop, struct stream *stream);
/* Tells the peer that all has been sent, where TLS has a word for it. */
void loop_say_end(struct loop *loop, struct stream *stream);
/* The same, and shutdown(2): nothing more is sent. */
void loop_finish(struct loop *loop, struct stream *stream);
/* Forgets the stream and hands its descriptor over; stream->tls is the owner's then. */
int loop_release(struct loop *loop, struct stream *stream) __attribute__((warn_unused_result));

void loop_pause(struct loop *loop, struct stream *stream);
void loop_resume(struct loop *loop, struct stream *stream);

/* Sends all of it. The total, or -errno, or -EINPROGRESS: sent() will tell. */
ssize_t loop_send(struct loop *loop, struct stream *stream, struct loop_send *send);

/* Completes by ready() when the socket has room again or has news in its error
 * queue. */
void loop_wait(struct loop *loop, struct stream *stream);

/* The same, for who learnt of it on another thread: the news may be gone. */
void loop_wait_late(struct loop *loop, struct stream *stream);

/* Completes by ready() when another descriptor has one of the events of poll(2).
 * It may be closed at any time: then the wait does not complete. */
int loop_wait_other(struct loop *loop, struct stream *stream, int fd, short events)
        __attribute__((warn_unused_result));

/* Completes by resumed() when all others have had their turn. */
void loop_yield(struct loop *loop, struct stream *stream);

/* From any thread: message->deliver() runs on the loop's thread. The message is
 * the loop's until then. */
void loop_post(struct loop *loop, struct loop_message *message);
