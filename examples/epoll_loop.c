/* Serves one file to everybody who connects, many at a time, from one thread
 * and its own epoll(7) loop. Each client gets the bytes and then the end.
 *
 *     cc -o epoll_loop epoll_loop.c $(pkg-config --cflags --libs sluice)
 *     ./epoll_loop 9000 film.mkv &
 *     nc 127.0.0.1 9000 >copy
 *
 * The library has no loop of its own: sluice_step() sends what goes out without
 * waiting, and says what to wait for. */
#include <sluice.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* So many bytes for one client, then it is the next one's turn. */
#define BUDGET (2 << 20)

struct client {
        int socket;
        sluice_transfer *transfer;
};

static void client_close(struct client *client)
{
        /* The transfer first: it borrows the socket. */
        sluice_close(client->transfer);
        close(client->socket);
        free(client);
}

/* Asks for one report of events on fd; the client gets its turn then. */
static int wait_once(int epoll, struct client *client, int fd, uint32_t events)
{
        struct epoll_event wanted = {.events = events | EPOLLONESHOT, .data.ptr = client};

        if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &wanted) == 0)
                return 0;
        return errno == ENOENT ? epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted) : -1;
}

/* One turn: sends, then waits, or is finished. */
static void client_step(int epoll, struct client *client)
{
        int fd;
        short events;

        switch (sluice_step(client->transfer, BUDGET)) {
        case SLUICE_MORE: /* the budget is used up; the others first */
                if (wait_once(epoll, client, client->socket, EPOLLOUT) == 0)
                        return;
                break;
        case SLUICE_WANT_WRITE: /* the socket is full */
        case SLUICE_WAIT_COMPLETION: /* the kernel still needs the pages */
                /* poll(2) and epoll(7) use the same numbers for events. */
                if (sluice_wait_for(client->transfer, &fd, &events) == 0 &&
                    wait_once(epoll, client, fd, (uint32_t)(unsigned short)events) == 0)
                        return;
                break;
        case SLUICE_WANT_DISK: /* only with SLUICE_ASK_DISK, see sluice_open(3) */
        case SLUICE_DONE:
                break;
        case SLUICE_SOURCE_SHORT:
                fprintf(stderr, "the file was cut short\n");
                break;
        case SLUICE_FAILED:
                fprintf(stderr, "client: %s\n", strerror(-sluice_error(client->transfer)));
                break;
        }
        client_close(client);
}

static void client_accept(int epoll, int listener, int file)
{
        struct client *client = malloc(sizeof(*client));
        struct stat status;

        if (!client)
                return;
        client->transfer = NULL;
        client->socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        /* All clients share one descriptor of the file: a transfer keeps its
         * own position. */
        if (client->socket < 0 || fstat(file, &status) < 0 ||
            sluice_open(&client->transfer, client->socket, file, 0, (uint64_t)status.st_size, NULL,
                        0) < 0) {
                client_close(client);
                return;
        }
        client_step(epoll, client);
}

/* A socket that listens on the loopback address; exits if there is none. */
static int listen_on(const char *port)
{
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };

        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 128) < 0) {
                perror("listen");
                exit(1);
        }
        return fd;
}

int main(int argc, char **argv)
{
        if (argc != 3) {
                fprintf(stderr, "usage: %s PORT FILE\n", argv[0]);
                return 2;
        }
        signal(SIGPIPE, SIG_IGN); /* see blocking_send.c */

        int file = open(argv[2], O_RDONLY | O_CLOEXEC);
        if (file < 0) {
                perror(argv[2]);
                return 1;
        }
        int listener = listen_on(argv[1]);
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        struct epoll_event ready = {.events = EPOLLIN}; /* no client: the listener */
        if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &ready) < 0) {
                perror("epoll");
                return 1;
        }

        /* Until somebody ends the process. */
        for (;;) {
                int n = epoll_wait(epoll, &ready, 1, -1);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        break;
                if (ready.data.ptr)
                        client_step(epoll, ready.data.ptr);
                else
                        client_accept(epoll, listener, file);
        }
        perror("epoll_wait");
        return 1;
}
