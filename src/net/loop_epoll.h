/* Inside the loop that epoll(7) carries. */
#pragma once

#include <sys/epoll.h>

#include "net/loop.h"
#include "net/mailbox.h"

#define EVENTS_MAX 128
#define RECEIVE_SIZE ((size_t)64 << 10)

/* epoll_data's pointer says what it is by its lowest bits: an acceptor, or a
 * stream that waits for another descriptor. */
#define ACCEPTOR_TAG ((uintptr_t)1)
#define OTHER_TAG ((uintptr_t)2)
#define TAGS (ACCEPTOR_TAG | OTHER_TAG)

TAILQ_HEAD(stream_queue, stream);

struct loop {
        int epoll_fd;
        struct mailbox mailbox;
        bool stopping;
        const struct stream_handlers *handlers;
        uint64_t now_ns;
        struct deadlines deadlines;
        struct stream_queue turns; /* streams that wait for another turn */
        const struct stream *told; /* whose handler runs; NULL: it is gone since */
        int event_count; /* of the turn, still to be looked at: */
        int event_next;
        struct epoll_event events[EVENTS_MAX];
        char buffer[RECEIVE_SIZE];
};

int loop_register(struct loop *loop, int fd, uint32_t events, void *pointer, uintptr_t tag)
        __attribute__((warn_unused_result));
void loop_queue_turn(struct loop *loop, struct stream *stream);

/* As many as may be accepted in a turn. False: nobody waits, or nobody more is wanted. */
bool loop_accept_some(struct loop *loop, struct acceptor *acceptor);

/* recv(2) into the loop's buffer, with what it says of there being more: the number
 * of bytes; 0: the peer's end; -EAGAIN, after which there will be an edge; -errno. */
ssize_t loop_receive(struct loop *loop, struct stream *stream);

/* Receives, and gives the stream's owner what was in the records. */
void loop_receive_tls(struct loop *loop, struct stream *stream);
