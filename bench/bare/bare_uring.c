/* The least that an io_uring server can do for small files: multishot accept, one
 * send of head and body from memory, and the next receive queued beside it.
 * Files above 1 MiB are not served: this is a yardstick for small ones.
 *
 * bare_uring ROOT PORT */
#include <errno.h>
#include <liburing.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bare/answers.h"
#include "base/fd.h"

#define REQUEST_MAX 1024
#define MEMORY_MAX ((uint64_t)1 << 20)
#define ENTRIES 1024

/* The low bit of a completion's user data tells sends from receives. */
#define TAG_SEND ((uint64_t)1)

struct client {
        int fd;
        size_t request_length;
        unsigned in_flight;
        bool closing;
        char request[REQUEST_MAX];
};

static struct io_uring_sqe *entry_take(struct io_uring *ring)
{
        struct io_uring_sqe *entry = io_uring_get_sqe(ring);
        if (!entry) {
                (void)io_uring_submit(ring);
                entry = io_uring_get_sqe(ring);
        }
        return entry;
}

static void queue_accept(struct io_uring *ring, int listener)
{
        struct io_uring_sqe *entry = entry_take(ring);
        io_uring_prep_multishot_accept(entry, listener, NULL, NULL, SOCK_CLOEXEC);
        io_uring_sqe_set_data64(entry, 0);
}

static void queue_receive(struct io_uring *ring, struct client *client)
{
        struct io_uring_sqe *entry = entry_take(ring);
        io_uring_prep_recv(entry, client->fd, client->request + client->request_length,
                           REQUEST_MAX - client->request_length, 0);
        /* Nothing can have come: the next request follows our answer. */
        entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
        io_uring_sqe_set_data64(entry, (uint64_t)(uintptr_t)client);
        client->in_flight++;
}

static void queue_send(struct io_uring *ring, struct client *client, const struct answer *answer)
{
        struct io_uring_sqe *entry = entry_take(ring);
        io_uring_prep_send(entry, client->fd, answer->file->whole,
                           answer->head_length + answer->length, MSG_NOSIGNAL | MSG_WAITALL);
        io_uring_sqe_set_data64(entry, (uint64_t)(uintptr_t)client | TAG_SEND);
        client->in_flight++;
}

static void client_accept(struct io_uring *ring, int fd)
{
        struct client *client = fd >= 0 ? calloc(1, sizeof(*client)) : NULL;
        if (!client)
                return;
        client->fd = fd;
        queue_receive(ring, client);
}

static void client_received(struct io_uring *ring, struct client *client, int n,
                            const struct answers *answers)
{
        if (n <= 0) {
                client->closing = true;
                return;
        }
        client->request_length += (size_t)n;
        if (answers_head_length(client->request, client->request_length) > 0) {
                struct answer answer;
                size_t length = client->request_length;
                client->request_length = 0;
                if (!answers_find(answers, client->request, length, &answer) ||
                    !answer.file->in_memory || answer.head == answer.range_head) {
                        client->closing = true;
                        return;
                }
                queue_send(ring, client, &answer);
        }
        queue_receive(ring, client);
}

static void complete(struct io_uring *ring, const struct io_uring_cqe *completion,
                     const struct answers *answers)
{
        uint64_t data = completion->user_data;
        if (data == 0) {
                client_accept(ring, completion->res);
                return;
        }
        struct client *client = (struct client *)(uintptr_t)(data & ~TAG_SEND);
        client->in_flight--;
        if (!(data & TAG_SEND))
                client_received(ring, client, completion->res, answers);
        else if (completion->res <= 0)
                (void)shutdown(client->fd, SHUT_RDWR);
        if (client->closing && client->in_flight == 0) {
                fd_close(&client->fd);
                free(client);
        }
}

static int serve(const struct answers *answers, uint16_t port)
{
        cleanup_fd int listener = answers_listen(port, true);
        if (listener < 0)
                return listener;
        struct io_uring ring;
        struct io_uring_params parameters = {
                .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                         IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
                .cq_entries = 4 * ENTRIES,
        };
        int r = io_uring_queue_init_params(ENTRIES, &ring, &parameters);
        if (r < 0)
                return r;
        queue_accept(&ring, listener);
        while ((r = io_uring_submit_and_wait(&ring, 1)) >= 0 || r == -EINTR) {
                struct io_uring_cqe *completion;
                unsigned head, count = 0;
                io_uring_for_each_cqe(&ring, head, completion)
                {
                        complete(&ring, completion, answers);
                        count++;
                }
                io_uring_cq_advance(&ring, count);
        }
        io_uring_queue_exit(&ring);
        return r;
}

int main(int argc, char **argv)
{
        if (argc != 3) {
                fputs("usage: bare_uring ROOT PORT\n", stderr);
                return 2;
        }
        (void)signal(SIGPIPE, SIG_IGN);
        struct rlimit files = {.rlim_cur = 65536, .rlim_max = 65536};
        (void)setrlimit(RLIMIT_NOFILE, &files);
        struct answers answers;
        int r = answers_load(&answers, argv[1], MEMORY_MAX);
        if (r == 0)
                r = serve(&answers, (uint16_t)strtoul(argv[2], NULL, 10));
        fprintf(stderr, "bare_uring: %s\n", strerror(-r));
        return 1;
}
