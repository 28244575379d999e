#include <errno.h>

#include "net/loop_epoll.h"

#define ACCEPTS_MAX 64 /* a turn */

int loop_accept(struct loop *loop, struct acceptor *acceptor)
{
        acceptor->paused = false;
        /* Other threads may wait for the same socket: one is woken, not all. */
        return loop_register(loop, acceptor->fd, EPOLLIN | EPOLLEXCLUSIVE, acceptor, ACCEPTOR_TAG);
}

void loop_accept_resume(struct loop *loop, struct acceptor *acceptor)
{
        /* If it fails, the next resumption tries again. */
        if (acceptor->paused && acceptor->fd >= 0)
                acceptor->paused = loop_accept(loop, acceptor) < 0;
}

void loop_accept_stop(struct loop *loop, struct acceptor *acceptor)
{
        if (!acceptor->paused)
                (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, acceptor->fd, NULL);
        acceptor->paused = true;
}

/* Errors of accept(2) that belong to the one connection that is gone. */
static bool is_of_the_peer(int error)
{
        return error == ECONNABORTED || error == EINTR || error == EPROTO || error == ENETDOWN ||
               error == ENOPROTOOPT || error == EHOSTDOWN || error == ENONET ||
               error == EHOSTUNREACH || error == EOPNOTSUPP || error == ENETUNREACH ||
               error == EPERM;
}

bool loop_accept_some(struct loop *loop, struct acceptor *acceptor)
{
        for (int i = 0; i < ACCEPTS_MAX && !acceptor->paused; i++) {
                struct address peer = {.length = sizeof(peer.storage)};
                int fd = accept4(acceptor->fd, (struct sockaddr *)&peer.storage, &peer.length,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (fd >= 0) {
                        acceptor->accepted(acceptor, fd, &peer);
                } else if (errno == EAGAIN) {
                        return false;
                } else if (!is_of_the_peer(errno)) {
                        int error = errno;
                        /* The listener stays readable: to go on asking would spin. */
                        loop_accept_stop(loop, acceptor);
                        acceptor->starved(acceptor, -error);
                }
        }
        return !acceptor->paused;
}

void loop_accept_last(struct loop *loop, struct acceptor *acceptor)
{
        loop_accept_stop(loop, acceptor);
        acceptor->paused = false;
        while (loop_accept_some(loop, acceptor))
                ;
        acceptor->paused = true;
}
