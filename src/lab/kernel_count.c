#include "lab/kernel_count.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"

#define TRACING "/sys/kernel/tracing"
#define TRACEPOINT TRACING "/events/raw_syscalls/sys_enter/id"

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

/* A sanitizer makes system calls of its own, behind every malloc(3). */
#ifdef __has_feature
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* arm64, as all that came late, has only ppoll(2) for it, which the kernel
 * begins again under its own number: see struct kernel_counts. */
#ifndef SYS_poll
#define SYS_poll NOT_APART
#endif
#define NOT_APART (-1)

static const struct {
        const char *name;
        long number;
} numbers[] = {
#define CALL(name) {#name, SYS_##name},
#include "transfer/calls.def"
#undef CALL
};

#define CALLS (sizeof(numbers) / sizeof(numbers[0]))
static_assert(CALLS <= LAB_CALLS_MAX, "a sample has no room for all names");

struct kernel_count {
        int all_fd, left_out_fd;
        int fds[CALLS]; /* -1: not counted apart */
};

static int read_number(const char *path, uint64_t *ret)
{
        char text[NUMBER_TEXT_SIZE];
        cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        ssize_t n = read(fd, text, sizeof(text) - 1);
        if (n <= 0)
                return -EIO;
        text[n] = '\0';
        return number_parse((struct span){.data = text, .length = strcspn(text, "\n")}, ret);
}

/* In a process of its own, as nobody else shall see the mount. */
static void mount_and_read(int out_fd)
{
        uint64_t number = 0;
        if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
            mount("tracefs", TRACING, "tracefs", 0, NULL) == 0 &&
            read_number(TRACEPOINT, &number) == 0)
                (void)!write(out_fd, &number, sizeof(number));
        _exit(0);
}

int kernel_count_find(uint64_t *ret_tracepoint, const char **ret_why_not)
{
        int ends[2];

        *ret_why_not = "this build has a sanitizer, which makes system calls of its own";
        if (SANITIZED)
                return -ENOTSUP;
        if (read_number(TRACEPOINT, ret_tracepoint) == 0)
                return 0;
        *ret_why_not = "tracefs is for root only";
        if (geteuid() != 0)
                return -EACCES;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        pid_t child = fork();
        if (child == 0)
                mount_and_read(ends[1]);
        fd_close(&ends[1]);
        ssize_t n = read(ends[0], ret_tracepoint, sizeof(*ret_tracepoint));
        fd_close(&ends[0]);
        if (child > 0)
                (void)waitpid(child, NULL, 0);
        *ret_why_not = "tracefs cannot be mounted";
        return n == sizeof(*ret_tracepoint) ? 0 : -ENOENT;
}

/* filter: of ftrace(1)'s language; NULL: every call. */
static int open_event(uint64_t tracepoint, const char *filter, int *ret_fd)
{
        struct perf_event_attr attributes = {
                .type = PERF_TYPE_TRACEPOINT,
                .size = sizeof(attributes),
                .config = tracepoint,
                .disabled = 1,
        };
        int fd = (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (filter && ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter) < 0) {
                int r = -errno;
                fd_close(&fd);
                return r;
        }
        *ret_fd = fd;
        return 0;
}

static int open_events(struct kernel_count *count, uint64_t tracepoint, bool encrypts)
{
        char filter[160];

        int r = open_event(tracepoint, NULL, &count->all_fd);
        int length =
                snprintf(filter, sizeof(filter), "id == %d || id == %d || id == %d || id == %d",
                         SYS_brk, SYS_ppoll, SYS_epoll_pwait, SYS_restart_syscall);
        /* A session's ticket goes out with the first response: OpenSSL asks whether it has
         * been forked, and for random bytes. */
        if (encrypts)
                (void)snprintf(filter + length, sizeof(filter) - (size_t)length,
                               " || id == %d || id == %d", SYS_getpid, SYS_getrandom);
        if (r == 0)
                r = open_event(tracepoint, filter, &count->left_out_fd);
        for (size_t i = 0; r == 0 && i < CALLS; i++) {
                (void)snprintf(filter, sizeof(filter), "id == %ld", numbers[i].number);
                if (numbers[i].number != NOT_APART)
                        r = open_event(tracepoint, filter, &count->fds[i]);
        }
        return r;
}

int kernel_count_open(struct kernel_count **ret, uint64_t tracepoint, bool encrypts)
{
        struct kernel_count *count = malloc(sizeof(*count));
        if (!count)
                return -ENOMEM;
        count->all_fd = count->left_out_fd = -1;
        for (size_t i = 0; i < CALLS; i++)
                count->fds[i] = -1;
        int r = open_events(count, tracepoint, encrypts);
        if (r < 0) {
                kernel_count_close(count);
                return r;
        }
        *ret = count;
        return 0;
}

void kernel_count_start(struct kernel_count *count)
{
        (void)count;
        (void)prctl(PR_TASK_PERF_EVENTS_ENABLE, 0, 0, 0, 0);
}

static int read_event(int fd, uint64_t *ret)
{
        if (fd < 0)
                return 0;
        return read(fd, ret, sizeof(*ret)) == sizeof(*ret) ? 0 : -EIO;
}

int kernel_count_stop(struct kernel_count *count, struct kernel_counts *ret)
{
        (void)prctl(PR_TASK_PERF_EVENTS_DISABLE, 0, 0, 0, 0);
        struct kernel_counts counts = {0};
        int r = read_event(count->all_fd, &counts.all);
        if (r == 0)
                r = read_event(count->left_out_fd, &counts.left_out);
        for (size_t i = 0; r == 0 && i < CALLS; i++) {
                counts.is_apart[i] = count->fds[i] >= 0;
                r = read_event(count->fds[i], &counts.calls[i]);
        }
        if (r == 0)
                *ret = counts;
        return r;
}

void kernel_count_close(struct kernel_count *count)
{
        if (!count)
                return;
        fd_close(&count->all_fd);
        fd_close(&count->left_out_fd);
        for (size_t i = 0; i < CALLS; i++)
                fd_close(&count->fds[i]);
        free(count);
}
