#include "wire.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "context.h"

const char *wire_name(enum wire_kind kind)
{
        static const char *const names[] = {
                [WIRE_TCP] = "tcp",
                [WIRE_UNIX] = "unix socket",
                [WIRE_PIPE] = "pipe",
        };
        return names[kind];
}

static struct wire tcp_pair(int send_buffer)
{
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        socklen_t length = sizeof(address);
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        check(listener >= 0, "socket");
        check(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
        check(listen(listener, 1) == 0, "listen");
        check(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");

        struct wire wire = {.out_fd = socket(AF_INET, SOCK_STREAM, 0)};
        int on = 1;
        /* Paced congestion control makes loopback slow (bbr). */
        (void)setsockopt(wire.out_fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
        (void)setsockopt(wire.out_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (send_buffer > 0)
                check(setsockopt(wire.out_fd, SOL_SOCKET, SO_SNDBUF, &send_buffer,
                                 sizeof(send_buffer)) == 0,
                      "SO_SNDBUF");
        check(connect(wire.out_fd, (struct sockaddr *)&address, length) == 0, "connect");
        wire.in_fd = accept(listener, NULL, NULL);
        check(wire.in_fd >= 0, "accept");
        close(listener);
        return wire;
}

static struct wire unix_pair(int send_buffer)
{
        int fds[2];
        check(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "socketpair");
        if (send_buffer > 0)
                check(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &send_buffer,
                                 sizeof(send_buffer)) == 0,
                      "SO_SNDBUF");
        return (struct wire){.out_fd = fds[0], .in_fd = fds[1]};
}

static struct wire pipe_pair(void)
{
        int fds[2];
        check(pipe(fds) == 0, "pipe");
        return (struct wire){.out_fd = fds[1], .in_fd = fds[0]};
}

struct wire wire_open(enum wire_kind kind, bool blocking, int send_buffer)
{
        struct wire wire = kind == WIRE_TCP    ? tcp_pair(send_buffer)
                           : kind == WIRE_UNIX ? unix_pair(send_buffer)
                                               : pipe_pair();
        if (!blocking)
                check(fcntl(wire.out_fd, F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
        return wire;
}
