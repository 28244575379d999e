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

/* Requests come whole in the bench, and heads fit the empty socket buffer: what a
 * connection must keep is where it is in a file. */
struct client {
        const struct answer_file *file; /* NULL: not answering */
        const char *data; /* what is left to send, when it is in memory */
        uint64_t offset;
        uint64_t left;
        int fd;
};

enum progress { PROGRESS_DONE, PROGRESS_WAIT, PROGRESS_CLOSE };

static enum progress progress_of(ssize_t n)
{
        return n < 0 && errno == EAGAIN ? PROGRESS_WAIT : PROGRESS_CLOSE;
}

static enum progress send_memory(struct client *client)
{
        while (client->left > 0) {
                ssize_t n = send(client->fd, client->data, client->left, MSG_NOSIGNAL);
                if (n <= 0)
                        return progress_of(n);
                client->data += n;
                client->left -= (uint64_t)n;
        }
        return PROGRESS_DONE;
}

static enum progress send_file(struct client *client)
{
        while (client->left > 0) {
                off_t offset = (off_t)client->offset;
                size_t count = client->left < STEP_MAX ? (size_t)client->left : STEP_MAX;
                ssize_t n = sendfile(client->fd, client->file->fd, &offset, count);
                if (n <= 0)
                        return progress_of(n);
                client->offset += (uint64_t)n;
                client->left -= (uint64_t)n;
        }
        return PROGRESS_DONE;
}

static enum progress client_go_on(struct client *client)
{
        enum progress progress = client->data ? send_memory(client) : send_file(client);
        if (progress == PROGRESS_DONE)
                client->file = NULL;
        return progress;
}

static enum progress client_begin(struct client *client, const struct answer *answer)
{
        client->file = answer->file;
        client->offset = answer->offset;
        client->left = answer->length;
        client->data = NULL;
        if (answer->file->in_memory && answer->head == answer->file->whole) {
                client->data = answer->head;
                client->left += answer->head_length;
        } else if (send(client->fd, answer->head, answer->head_length, MSG_NOSIGNAL | MSG_MORE) !=
                   (ssize_t)answer->head_length) {
                return PROGRESS_CLOSE;
        }
        return client_go_on(client);
}

static enum progress client_ask(struct client *client, const struct answers *answers)
{
        char request[REQUEST_MAX];
        ssize_t n = recv(client->fd, request, sizeof(request), 0);
        if (n <= 0)
                return progress_of(n);
        struct answer answer;
        if (answers_head_length(request, (size_t)n) == 0 ||
            !answers_find(answers, request, (size_t)n, &answer))
                return PROGRESS_CLOSE;
        return client_begin(client, &answer);
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
                *client = (struct client){.fd = fd};
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
        if (client->file)
                progress = client_go_on(client);
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
