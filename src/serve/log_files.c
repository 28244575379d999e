#include "serve/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

/* syslog(3); journald listens there too. */
#define SYSLOG_PATH "/dev/log"

static int open_syslog(int *ret_fd)
{
        const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SYSLOG_PATH};
        cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        *ret_fd = fd_take(&fd);
        return 0;
}

/* Not for ever, where it is a FIFO that nobody reads; what is written to it may wait. */
static int open_file(const char *name, int flags, int *ret_fd)
{
        cleanup_fd int fd =
                open(name, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | flags, 0640);
        if (fd < 0 || fcntl(fd, F_SETFL, O_APPEND) < 0)
                return -errno;
        *ret_fd = fd_take(&fd);
        return 0;
}

static int open_one(const char *name, int standard, int *ret_fd)
{
        if (strcmp(name, "off") == 0)
                return 0;
        if (strcmp(name, "syslog") == 0)
                return open_syslog(ret_fd);
        if (strcmp(name, "-") == 0) {
                *ret_fd = fcntl(standard, F_DUPFD_CLOEXEC, 0);
                return *ret_fd < 0 ? -errno : 0;
        }
        return open_file(name, O_CREAT, ret_fd);
}

static int check_one(const char *name)
{
        cleanup_fd int fd = -1;
        char folder[PATH_MAX];

        if (strcmp(name, "-") == 0)
                return 0;
        if (strcmp(name, "off") == 0 || strcmp(name, "syslog") == 0)
                return open_one(name, -1, &fd);
        int r = open_file(name, 0, &fd);
        if (r != -ENOENT)
                return r;
        if (snprintf(folder, sizeof(folder), "%s", name) >= (int)sizeof(folder))
                return -ENAMETOOLONG;
        return access(dirname(folder), W_OK | X_OK) < 0 ? -errno : 0;
}

int log_files_open(const struct serve_options *options, int ret_fds[static LOG_STREAMS],
                   const char **ret_culprit)
{
        /* --quiet is about the terminal, not about a file. */
        bool silent = options->quiet && strcmp(options->access_log, "-") == 0;
        int fds[LOG_STREAMS] = {-1, -1};

        *ret_culprit = options->access_log;
        int r = silent ? 0 : open_one(options->access_log, STDOUT_FILENO, &fds[LOG_ACCESS]);
        if (r == 0) {
                *ret_culprit = options->error_log;
                r = open_one(options->error_log, STDERR_FILENO, &fds[LOG_ERROR]);
        }
        if (r < 0) {
                log_files_close(fds);
                return r;
        }
        memcpy(ret_fds, fds, sizeof(fds));
        return 0;
}

int log_files_check(const struct serve_options *options, const char **ret_culprit)
{
        *ret_culprit = options->access_log;
        int r = check_one(options->access_log);
        if (r < 0)
                return r;
        *ret_culprit = options->error_log;
        return check_one(options->error_log);
}

const char *log_files_error(int error)
{
        return error == -ENXIO ? "nobody reads this FIFO, or it is a socket" : strerror(-error);
}

void log_files_close(int fds[static LOG_STREAMS])
{
        for (int i = 0; i < LOG_STREAMS; i++)
                fd_close(&fds[i]);
}

bool log_files_is_syslog(const struct serve_options *options)
{
        return strcmp(options->access_log, "syslog") == 0;
}
