#include "serve/access_log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

/* So much may wait for a slow reader of the log. */
#define WAITING_MAX ((size_t)4 << 20)

struct access_log {
        int fd;
        pthread_t thread;
        pthread_mutex_t lock;
        pthread_cond_t work;
        struct text waiting;
        uint64_t dropped; /* lines, since the last that was written */
        bool closing;
};

/* A log that cannot be written is no reason to stop serving. */
static void write_all(int fd, struct span bytes)
{
        while (bytes.length > 0) {
                ssize_t n = write(fd, bytes.data, bytes.length);
                if (n >= 0) {
                        bytes.data += n;
                        bytes.length -= (size_t)n;
                } else if (errno == EAGAIN) {
                        struct pollfd room = {.fd = fd, .events = POLLOUT};
                        (void)poll(&room, 1, 1000);
                } else if (errno != EINTR) {
                        return;
                }
        }
}

static void *thread_main(void *argument)
{
        struct access_log *log = argument;
        struct text writing = {0};

        (void)pthread_mutex_lock(&log->lock);
        while (!log->closing || log->waiting.length > 0) {
                if (log->waiting.length == 0) {
                        (void)pthread_cond_wait(&log->work, &log->lock);
                        continue;
                }
                struct text full = log->waiting;
                log->waiting = writing;
                writing = full;
                uint64_t dropped = log->dropped;
                log->dropped = 0;
                (void)pthread_mutex_unlock(&log->lock);

                if (dropped > 0)
                        text_printf(&writing, "sluice: %ju lines dropped: the log was too slow\n",
                                    (uintmax_t)dropped);
                write_all(log->fd, (struct span){writing.data, writing.length});
                writing.length = 0;
                (void)pthread_mutex_lock(&log->lock);
        }
        (void)pthread_mutex_unlock(&log->lock);
        text_done(&writing);
        return NULL;
}

int access_log_open(struct access_log **ret_log, int fd)
{
        struct access_log *log = calloc(1, sizeof(*log));
        if (!log)
                return -ENOMEM;
        log->fd = fd;
        (void)pthread_mutex_init(&log->lock, NULL);
        (void)pthread_cond_init(&log->work, NULL);

        /* Signals are for the main thread. */
        sigset_t all, before;
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        int r = pthread_create(&log->thread, NULL, thread_main, log);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (r != 0) {
                free(log);
                return -r;
        }
        *ret_log = log;
        return 0;
}

void access_log_close(struct access_log *log)
{
        if (!log)
                return;
        (void)pthread_mutex_lock(&log->lock);
        log->closing = true;
        (void)pthread_cond_signal(&log->work);
        (void)pthread_mutex_unlock(&log->lock);
        (void)pthread_join(log->thread, NULL);
        (void)pthread_cond_destroy(&log->work);
        (void)pthread_mutex_destroy(&log->lock);
        text_done(&log->waiting);
        free(log);
}

static uint64_t count_lines(struct span lines)
{
        uint64_t count = 0;
        for (size_t i = 0; i < lines.length; i++)
                count += lines.data[i] == '\n';
        return count;
}

void access_log_add(struct access_log *log, struct span lines)
{
        (void)pthread_mutex_lock(&log->lock);
        size_t before = log->waiting.length;
        if (before + lines.length <= WAITING_MAX)
                text_append(&log->waiting, lines);
        if (log->waiting.length == before)
                log->dropped += count_lines(lines);
        log->waiting.failed = false;
        (void)pthread_cond_signal(&log->work);
        (void)pthread_mutex_unlock(&log->lock);
}
