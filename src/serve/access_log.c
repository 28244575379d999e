#include "serve/access_log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"

/* So much may wait for a slow reader of the log. */
#define WAITING_MAX ((size_t)4 << 20)
/* Lines come together for so long, or until there are so many of them. */
#define GATHER_NS (50 * NS_PER_MS)
#define GATHER_MAX ((size_t)256 << 10)

/* RFC 3164: facility daemon (3), severity info (6). */
#define SYSLOG_PREFIX "<30>sluice: "

struct channel {
        int fd;
        struct text waiting;
        uint64_t dropped; /* lines, since the last that was written */
};

struct access_log {
        bool syslog;
        pthread_t thread;
        pthread_mutex_t lock;
        pthread_cond_t work;
        pthread_cond_t written; /* nothing is being written */
        struct channel channels[LOG_STREAMS];
        uint64_t dropped;
        bool idle; /* the thread waits for the first line */
        bool writing;
        bool closing;
};

static uint64_t count_lines(struct span lines)
{
        uint64_t count = 0;
        for (size_t i = 0; i < lines.length; i++)
                count += lines.data[i] == '\n';
        return count;
}

/* What could not be written. A log that cannot be is no reason to stop serving. */
static struct span write_all(int fd, struct span bytes)
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
                        break;
                }
        }
        return bytes;
}

/* A message a line. */
static struct span write_messages(int fd, struct span lines)
{
        struct text message = {0};
        while (lines.length > 0) {
                const char *end = memchr(lines.data, '\n', lines.length);
                size_t length = end ? (size_t)(end - lines.data) : lines.length;
                message.length = 0;
                text_puts(&message, SYSLOG_PREFIX);
                text_append(&message, (struct span){lines.data, length});
                if (write_all(fd, (struct span){message.data, message.length}).length > 0)
                        break;
                length += end != NULL;
                lines.data += length;
                lines.length -= length;
        }
        text_done(&message);
        return lines;
}

/* Takes the lock's lines, writes them without it. */
static void write_channel(struct access_log *log, enum log_stream stream, struct text *writing)
{
        struct channel *channel = &log->channels[stream];
        const struct text full = channel->waiting;
        uint64_t dropped = channel->dropped;
        int fd = channel->fd;

        channel->waiting = *writing;
        *writing = full;
        channel->dropped = 0;
        (void)pthread_mutex_unlock(&log->lock);

        if (dropped > 0)
                text_printf(writing, "sluice: %ju lines dropped: the log was too slow\n",
                            (uintmax_t)dropped);
        const struct span lines = {writing->data, writing->length};
        const struct span left = log->syslog && stream == LOG_ACCESS ? write_messages(fd, lines)
                                                                     : write_all(fd, lines);
        writing->length = 0;
        writing->failed = false;

        (void)pthread_mutex_lock(&log->lock);
        channel->dropped += count_lines(left);
        log->dropped += count_lines(left);
}

static bool has_lines(const struct access_log *log)
{
        return log->channels[LOG_ACCESS].waiting.length > 0 ||
               log->channels[LOG_ERROR].waiting.length > 0;
}

static void wait_for_more(struct access_log *log)
{
        uint64_t until_ns = clock_realtime_ns() + GATHER_NS;
        const struct timespec until = {
                .tv_sec = (time_t)(until_ns / NS_PER_S),
                .tv_nsec = (long)(until_ns % NS_PER_S),
        };
        int r = 0;
        while (r == 0 && !log->closing && log->channels[LOG_ACCESS].waiting.length < GATHER_MAX)
                r = pthread_cond_timedwait(&log->work, &log->lock, &until);
}

static void *thread_main(void *argument)
{
        struct access_log *log = argument;
        struct text writing = {0};

        (void)pthread_mutex_lock(&log->lock);
        while (!log->closing || has_lines(log)) {
                if (!has_lines(log)) {
                        log->idle = true;
                        (void)pthread_cond_wait(&log->work, &log->lock);
                        log->idle = false;
                        continue;
                }
                wait_for_more(log);
                log->writing = true;
                for (int i = 0; i < LOG_STREAMS; i++)
                        if (log->channels[i].waiting.length > 0)
                                write_channel(log, i, &writing);
                log->writing = false;
                (void)pthread_cond_signal(&log->written);
        }
        (void)pthread_mutex_unlock(&log->lock);
        text_done(&writing);
        return NULL;
}

int access_log_open(struct access_log **ret_log, const int fds[static LOG_STREAMS], bool syslog)
{
        struct access_log *log = calloc(1, sizeof(*log));
        if (!log)
                return -ENOMEM;
        for (int i = 0; i < LOG_STREAMS; i++)
                log->channels[i].fd = fds[i];
        log->syslog = syslog;
        (void)pthread_mutex_init(&log->lock, NULL);
        (void)pthread_cond_init(&log->work, NULL);
        (void)pthread_cond_init(&log->written, NULL);

        int r = thread_start(&log->thread, NULL, thread_main, log);
        if (r < 0) {
                free(log);
                return r;
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
        (void)pthread_cond_destroy(&log->written);
        (void)pthread_mutex_destroy(&log->lock);
        for (int i = 0; i < LOG_STREAMS; i++)
                text_done(&log->channels[i].waiting);
        free(log);
}

void access_log_reopen(struct access_log *log, const int fds[static LOG_STREAMS])
{
        (void)pthread_mutex_lock(&log->lock);
        while (log->writing)
                (void)pthread_cond_wait(&log->written, &log->lock);
        for (int i = 0; i < LOG_STREAMS; i++)
                log->channels[i].fd = fds[i];
        (void)pthread_mutex_unlock(&log->lock);
}

void access_log_add(struct access_log *log, enum log_stream stream, struct span lines)
{
        struct channel *channel = &log->channels[stream];

        (void)pthread_mutex_lock(&log->lock);
        size_t before = channel->waiting.length;
        if (channel->fd >= 0 && before + lines.length <= WAITING_MAX)
                text_append(&channel->waiting, lines);
        if (channel->fd >= 0 && channel->waiting.length == before) {
                channel->dropped += count_lines(lines);
                log->dropped += count_lines(lines);
        }
        channel->waiting.failed = false;
        /* To wake a thread costs more than to write a line. */
        if (log->idle || (before < GATHER_MAX && channel->waiting.length >= GATHER_MAX))
                (void)pthread_cond_signal(&log->work);
        (void)pthread_mutex_unlock(&log->lock);
}

uint64_t access_log_dropped(struct access_log *log)
{
        (void)pthread_mutex_lock(&log->lock);
        uint64_t dropped = log->dropped;
        (void)pthread_mutex_unlock(&log->lock);
        return dropped;
}
