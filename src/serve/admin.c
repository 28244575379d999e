#include "serve/admin.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/number.h"
#include "base/thread.h"
#include "http/request.h"
#include "http/response.h"

/* A monitor has this long to ask, and to take its answer. */
#define PATIENCE_MS 2000

struct admin {
        int listening_fd;
        int ending_fd; /* an eventfd(2) */
        pthread_t thread;
        struct metrics *const *workers;
        size_t worker_count;
        struct access_log *log;
};

/* ---- Answering ---- */

static void send_all(int fd, struct span bytes)
{
        while (bytes.length > 0) {
                ssize_t n = send(fd, bytes.data, bytes.length, MSG_NOSIGNAL);
                if (n <= 0)
                        return;
                bytes.data += n;
                bytes.length -= (size_t)n;
        }
}

static void answer(int fd, bool head_only, enum http_status status, const struct text *body)
{
        char buffer[512];
        struct head head;

        head_start(&head, buffer, sizeof(buffer), status);
        head_field(&head, SPAN_LITERAL("Content-Type"),
                   SPAN_LITERAL("text/plain; version=0.0.4; charset=utf-8"));
        head_field(&head, SPAN_LITERAL("Cache-Control"), SPAN_LITERAL("no-store"));
        head_number(&head, SPAN_LITERAL("Content-Length"), body->length);
        head_field(&head, SPAN_LITERAL("Connection"), SPAN_LITERAL("close"));
        head_end(&head);
        send_all(fd, (struct span){head.data, head.length});
        if (!head_only)
                send_all(fd, (struct span){body->data, body->length});
}

static void answer_request(const struct admin *admin, int fd, const struct http_request *request)
{
        struct text body = {0};
        enum http_status status = HTTP_OK;
        bool head_only = request->method == HTTP_HEAD;

        if (!head_only && request->method != HTTP_GET) {
                status = HTTP_METHOD_NOT_ALLOWED;
                text_puts(&body, "GET or HEAD\n");
        } else if (span_equal(request->target, SPAN_LITERAL("/metrics"))) {
                metrics_write(&body, admin->workers, admin->worker_count,
                              access_log_dropped(admin->log));
        } else if (span_equal(request->target, SPAN_LITERAL("/healthz"))) {
                text_puts(&body, "ok\n");
        } else {
                status = HTTP_NOT_FOUND;
                text_puts(&body, "/metrics or /healthz\n");
        }
        answer(fd, head_only, status, &body);
        text_done(&body);
}

/* One request, whole within the patience. */
static void converse(const struct admin *admin, int fd)
{
        char buffer[REQUEST_HEAD_MAX];
        size_t length = 0, seen = 0, head_length;
        struct http_request request;
        struct request_failure failure;
        const uint64_t until_ns = clock_monotonic_ns() + PATIENCE_MS * NS_PER_MS;

        while (length < sizeof(buffer) && clock_monotonic_ns() < until_ns) {
                ssize_t n = recv(fd, buffer + length, sizeof(buffer) - length, 0);
                if (n <= 0)
                        return;
                length += (size_t)n;
                enum request_state state =
                        request_parse(buffer, length, seen, &request, &head_length, &failure);
                seen = length;
                if (state == REQUEST_COMPLETE)
                        answer_request(admin, fd, &request);
                if (state == REQUEST_BAD) {
                        struct text body = {0};
                        text_printf(&body, "%s\n", failure.reason);
                        answer(fd, false, failure.status, &body);
                        text_done(&body);
                }
                if (state != REQUEST_INCOMPLETE) {
                        (void)shutdown(fd, SHUT_WR);
                        return;
                }
        }
}

static void accept_one(const struct admin *admin)
{
        const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
        cleanup_fd int fd = accept4(admin->listening_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
                return;
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        converse(admin, fd);
}

/* ---- Life ---- */

static void *thread_main(void *argument)
{
        const struct admin *admin = argument;
        struct pollfd wait[] = {
                {.fd = admin->ending_fd, .events = POLLIN},
                {.fd = admin->listening_fd, .events = POLLIN},
        };
        while (poll(wait, 2, -1) > 0 && !wait[0].revents) {
                accept_one(admin);
                /* Without descriptors accept(2) fails at once, for as long as it takes. */
                (void)poll(wait, 1, 1);
        }
        return NULL;
}

static void admin_free(struct admin *admin)
{
        fd_close(&admin->listening_fd);
        fd_close(&admin->ending_fd);
        free(admin);
}

int admin_open(struct admin **ret_admin, int *listening_fd, struct metrics *const workers[],
               size_t worker_count, struct access_log *log)
{
        cleanup_fd int fd = fd_take(listening_fd);
        struct admin *admin = calloc(1, sizeof(*admin));
        if (!admin)
                return -ENOMEM;
        *admin = (struct admin){
                .listening_fd = fd_take(&fd),
                .ending_fd = eventfd(0, EFD_CLOEXEC),
                .workers = workers,
                .worker_count = worker_count,
                .log = log,
        };
        if (admin->ending_fd < 0) {
                int r = -errno;
                admin_free(admin);
                return r;
        }
        int r = thread_start(&admin->thread, NULL, thread_main, admin);
        if (r < 0) {
                admin_free(admin);
                return r;
        }
        *ret_admin = admin;
        return 0;
}

void admin_close(struct admin *admin)
{
        const uint64_t one = 1;
        if (!admin)
                return;
        (void)!write(admin->ending_fd, &one, sizeof(one));
        (void)pthread_join(admin->thread, NULL);
        admin_free(admin);
}
