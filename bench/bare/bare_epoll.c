/* The least that an epoll server can do: one loop, edge-triggered, no timers, no
 * log. From "sendfile": send(head, MSG_MORE), then sendfile. From "memory":
 * small files were read at the start and go out behind their heads in one
 * send; larger ones by sendfile.
 *
 * bare_epoll sendfile|memory ROOT PORT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bare/answers.h"
#include "base/fd.h"

#define EVENTS 256
#define REQUEST_MAX 1024
#define MEMORY_MAX ((uint64_t)1 << 20)
#define STEP_MAX ((size_t)2 << 20)
#define FILES_MAX 65536

struct client {
        int fd;
        bool answering;
        struct answer answer;
        uint64_t sent; /* of head and body together */
        size_t request_length;
        char request[REQUEST_MAX];
};

enum progress { PROGRESS_DONE, PROGRESS_WAIT, PROGRESS_CLOSE };

static enum progress progress_of(ssize_t n)
{
        return n < 0 && errno == EAGAIN ? PROGRESS_WAIT : PROGRESS_CLOSE;
}

static enum progress send_memory(struct client *client)
{
        const struct answer *answer = &client->answer;
        uint64_t whole = answer->head_length + answer->length;
        while (client->sent < whole) {
                ssize_t n = send(client->fd, answer->file->whole + client->sent,
                                 whole - client->sent, MSG_NOSIGNAL);
                if (n <= 0)
                        return progress_of(n);
                client->sent += (uint64_t)n;
        }
        return PROGRESS_DONE;
}

static enum progress send_file(struct client *client)
{
        const struct answer *answer = &client->answer;
        while (client->sent < answer->head_length) {
                ssize_t n = send(client->fd, answer->head + client->sent,
                                 answer->head_length - client->sent, MSG_NOSIGNAL | MSG_MORE);
                if (n <= 0)
                        return progress_of(n);
                client->sent += (uint64_t)n;
        }
        while (client->sent < answer->head_length + answer->length) {
                uint64_t done = client->sent - answer->head_length;
                off_t offset = (off_t)(answer->offset + done);
                uint64_t left = answer->length - done;
                size_t count = left < STEP_MAX ? (size_t)left : STEP_MAX;
                ssize_t n = sendfile(client->fd, answer->file->fd, &offset, count);
                if (n <= 0)
                        return progress_of(n);
                client->sent += (uint64_t)n;
        }
        return PROGRESS_DONE;
}

static enum progress client_answer(struct client *client)
{
        bool whole = client->answer.head != client->answer.range_head;
        enum progress progress =
                client->answer.file->in_memory && whole ? send_memory(client) : send_file(client);
        client->answering = progress == PROGRESS_WAIT;
        return progress;
}

static enum progress client_ask(struct client *client, const struct answers *answers)
{
        size_t room = REQUEST_MAX - client->request_length;
        ssize_t n = recv(client->fd, client->request + client->request_length, room, 0);
        if (n <= 0)
                return progress_of(n);
        client->request_length += (size_t)n;
        if (answers_head_length(client->request, client->request_length) == 0)
                return client->request_length < REQUEST_MAX ? PROGRESS_WAIT : PROGRESS_CLOSE;
        if (!answers_find(answers, client->request, client->request_length, &client->answer))
                return PROGRESS_CLOSE;
        client->request_length = 0;
        client->sent = 0;
        client->answering = true;
        return client_answer(client);
}

/* By descriptor. */
static struct client *clients[FILES_MAX];

static void client_accept(int epoll_fd, int listener)
{
        int fd;
        while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                struct client *client = fd < FILES_MAX ? malloc(sizeof(*client)) : NULL;
                if (!client) {
                        fd_close(&fd);
                        return;
                }
                client->fd = fd;
                client->answering = false;
                client->request_length = 0;
                clients[fd] = client;
                struct epoll_event event = {
                        .events = EPOLLIN | EPOLLOUT | EPOLLET,
                        .data.fd = fd,
                };
                (void)epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
        }
}

static void client_turn(struct client *client, uint32_t events, const struct answers *answers)
{
        enum progress progress = PROGRESS_WAIT;
        if (client->answering)
                progress = client_answer(client);
        else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                progress = client_ask(client, answers);
        if (progress == PROGRESS_CLOSE) {
                fd_close(&client->fd);
                free(client);
        }
}

static int serve(const struct answers *answers, uint16_t port)
{
        cleanup_fd int listener = answers_listen(port, false);
        cleanup_fd int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        struct epoll_event listening = {.events = EPOLLIN, .data.fd = listener};
        if (listener < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &listening) < 0)
                return listener < 0 ? listener : -errno;
        for (;;) {
                struct epoll_event events[EVENTS];
                int n = epoll_wait(epoll_fd, events, EVENTS, -1);
                for (int i = 0; i < n; i++) {
                        int fd = events[i].data.fd;
                        if (fd == listener)
                                client_accept(epoll_fd, listener);
                        else
                                client_turn(clients[fd], events[i].events, answers);
                }
        }
}

int main(int argc, char **argv)
{
        if (argc != 4) {
                fputs("usage: bare_epoll sendfile|memory ROOT PORT\n", stderr);
                return 2;
        }
        (void)signal(SIGPIPE, SIG_IGN);
        struct rlimit files = {.rlim_cur = FILES_MAX, .rlim_max = FILES_MAX};
        (void)setrlimit(RLIMIT_NOFILE, &files);
        struct answers answers;
        uint64_t memory_max = strcmp(argv[1], "memory") == 0 ? MEMORY_MAX : 0;
        int r = answers_load(&answers, argv[2], memory_max);
        if (r == 0)
                r = serve(&answers, (uint16_t)strtoul(argv[3], NULL, 10));
        fprintf(stderr, "bare_epoll: %s\n", strerror(-r));
        return 1;
}
