#include "serve/access_log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/thread.h"

/* So much may wait for a slow reader of the log. */
#define WAITING_MAX ((size_t)4 << 20)
/* Lines come together for so long, or until there are so many of them. */
#define GATHER_NS (50 * NS_PER_MS)
#define GATHER_MAX ((size_t)256 << 10)

/* RFC 3164: facility daemon (3), severity info (6). */
#define SYSLOG_PREFIX "<30>sluice: "

/* At most so much by one call: else a slow reader could not be told from none. */
#define WRITE_MAX ((size_t)64 << 10)

/* At the end: as long as a reader takes something, and no longer than LAST_MS. */
#define PATIENCE_MS 2000
#define LAST_MS 10000

struct channel {
        int fd; /* ours */
        const char *name;
        struct text waiting;
        uint64_t dropped; /* lines, since the last that was written */
        uint64_t lost; /* lines, since it cannot be written */
        bool fails;
        bool torn; /* the last line in it is not whole */
};

struct access_log {
        bool syslog;
        pthread_t thread;
        pthread_mutex_t lock;
        pthread_cond_t work;
        struct channel channels[LOG_STREAMS];
        uint64_t dropped;
        bool idle; /* the thread waits for the first line */
        int writing_fd; /* -1: none */
        bool closing;
        atomic_uint progress; /* write(2)s that came back */
};

static uint64_t count_lines(struct span lines)
{
        uint64_t count = 0;
        for (size_t i = 0; i < lines.length; i++)
                count += lines.data[i] == '\n';
        return count;
}

/* Moves bytes on behind what was written. A log that cannot be is no reason to stop serving. */
static int write_all(struct access_log *log, int fd, struct span *bytes)
{
        while (bytes->length > 0) {
                size_t most = !log->syslog && bytes->length > WRITE_MAX ? WRITE_MAX : bytes->length;
                ssize_t n = write(fd, bytes->data, most);
                if (n >= 0) {
                        bytes->data += n;
                        bytes->length -= (size_t)n;
                        atomic_fetch_add_explicit(&log->progress, 1, memory_order_relaxed);
                } else if (errno == EAGAIN) {
                        struct pollfd room = {.fd = fd, .events = POLLOUT};
                        (void)poll(&room, 1, 1000);
                } else if (errno != EINTR) {
                        return -errno;
                }
        }
        return 0;
}

/* A message a line. */
static int write_messages(struct access_log *log, int fd, struct span *lines)
{
        struct text message = {0};
        int r = 0;
        while (lines->length > 0 && r == 0) {
                const char *end = memchr(lines->data, '\n', lines->length);
                size_t length = end ? (size_t)(end - lines->data) : lines->length;
                message.length = 0;
                text_puts(&message, SYSLOG_PREFIX);
                text_append(&message, (struct span){lines->data, length});
                struct span bytes = {message.data, message.length};
                r = write_all(log, fd, &bytes);
                if (r < 0)
                        break;
                length += end != NULL;
                lines->data += length;
                lines->length -= length;
        }
        text_done(&message);
        return r;
}

static const char *shown(const struct access_log *log, enum log_stream stream)
{
        const char *name = log->channels[stream].name;
        if (strcmp(name, "-") != 0)
                return name;
        return stream == LOG_ACCESS ? "standard output" : "standard error";
}

/* Once when it begins to fail, and once when it is over. Nobody is told that the error log
 * itself cannot be written, until it can. */
static void tell_outcome(struct access_log *log, enum log_stream stream, uint64_t lost, int error)
{
        struct channel *channel = &log->channels[stream], *errors = &log->channels[LOG_ERROR];

        channel->lost += lost;
        log->dropped += lost;
        if (error < 0 && !channel->fails && stream != LOG_ERROR && errors->fd >= 0)
                text_printf(&errors->waiting, "sluice: cannot write the log '%s': %s\n",
                            shown(log, stream), strerror(-error));
        if (error == 0 && channel->fails && errors->fd >= 0)
                text_printf(&errors->waiting,
                            "sluice: the log '%s' can be written again: %ju lines are lost\n",
                            shown(log, stream), (uintmax_t)channel->lost);
        errors->waiting.failed = false;
        channel->fails = error < 0;
        if (error == 0)
                channel->lost = 0;
}

/* Takes the lock's lines, writes them without it. */
static void write_channel(struct access_log *log, enum log_stream stream, struct text *writing)
{
        struct channel *channel = &log->channels[stream];
        const struct text full = channel->waiting;
        uint64_t dropped = channel->dropped;
        bool torn = channel->torn;
        int fd = channel->fd, r = 0;

        channel->waiting = *writing;
        *writing = full;
        channel->dropped = 0;
        log->writing_fd = fd;
        (void)pthread_mutex_unlock(&log->lock);

        if (dropped > 0)
                text_printf(writing, "sluice: %ju lines dropped: the log was too slow\n",
                            (uintmax_t)dropped);
        struct span left = {writing->data, writing->length}, line_end = SPAN_LITERAL("\n");
        if (torn) {
                r = write_all(log, fd, &line_end);
                torn = r < 0;
        }
        if (r == 0 && log->syslog && stream == LOG_ACCESS)
                r = write_messages(log, fd, &left);
        else if (r == 0)
                r = write_all(log, fd, &left);
        if (r < 0 && left.length < writing->length)
                torn = left.data[-1] != '\n';
        writing->length = 0;
        writing->failed = false;

        (void)pthread_mutex_lock(&log->lock);
        log->writing_fd = -1;
        tell_outcome(log, stream, count_lines(left), r);
        if (channel->fd == fd)
                channel->torn = torn;
        else
                fd_close(&fd); /* opened anew meanwhile */
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
                for (int i = 0; i < LOG_STREAMS; i++)
                        if (log->channels[i].waiting.length > 0)
                                write_channel(log, i, &writing);
        }
        (void)pthread_mutex_unlock(&log->lock);
        text_done(&writing);
        return NULL;
}

int access_log_open(struct access_log **ret_log, int fds[static LOG_STREAMS],
                    const char *const names[static LOG_STREAMS], bool syslog)
{
        struct access_log *log = calloc(1, sizeof(*log));
        if (!log)
                return -ENOMEM;
        for (int i = 0; i < LOG_STREAMS; i++)
                log->channels[i] = (struct channel){.fd = fds[i], .name = names[i]};
        log->writing_fd = -1;
        log->syslog = syslog;
        (void)pthread_mutex_init(&log->lock, NULL);
        (void)pthread_cond_init(&log->work, NULL);

        int r = thread_start(&log->thread, NULL, thread_main, log);
        if (r < 0) {
                free(log);
                return r;
        }
        for (int i = 0; i < LOG_STREAMS; i++)
                fds[i] = -1;
        *ret_log = log;
        return 0;
}

static bool join_within(pthread_t thread, uint64_t ms)
{
        uint64_t until_ns = clock_realtime_ns() + ms * NS_PER_MS;
        const struct timespec until = {
                .tv_sec = (time_t)(until_ns / NS_PER_S),
                .tv_nsec = (long)(until_ns % NS_PER_S),
        };
        return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

bool access_log_close(struct access_log *log)
{
        unsigned before, waited_ms = 0;
        bool joined;

        if (!log)
                return true;
        (void)pthread_mutex_lock(&log->lock);
        log->closing = true;
        (void)pthread_cond_signal(&log->work);
        (void)pthread_mutex_unlock(&log->lock);
        do {
                before = atomic_load_explicit(&log->progress, memory_order_relaxed);
                joined = join_within(log->thread, PATIENCE_MS);
                waited_ms += PATIENCE_MS;
        } while (!joined && waited_ms < LAST_MS &&
                 atomic_load_explicit(&log->progress, memory_order_relaxed) != before);
        if (!joined)
                return false;
        (void)pthread_cond_destroy(&log->work);
        (void)pthread_mutex_destroy(&log->lock);
        for (int i = 0; i < LOG_STREAMS; i++) {
                text_done(&log->channels[i].waiting);
                fd_close(&log->channels[i].fd);
        }
        free(log);
        return true;
}

void access_log_reopen(struct access_log *log, int fds[static LOG_STREAMS])
{
        (void)pthread_mutex_lock(&log->lock);
        for (int i = 0; i < LOG_STREAMS; i++) {
                struct channel *channel = &log->channels[i];
                /* Being written to, it is the writer's to close. */
                if (channel->fd != log->writing_fd)
                        fd_close(&channel->fd);
                channel->fd = fd_take(&fds[i]);
                /* Standard output is still the same. */
                channel->torn &= strcmp(channel->name, "-") == 0;
        }
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
