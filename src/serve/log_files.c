#include "serve/log_files.h"

#include <errno.h>
#include <fcntl.h>
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

static int open_one(const char *name, int standard, int *ret_fd)
{
        if (strcmp(name, "off") == 0)
                return 0;
        if (strcmp(name, "syslog") == 0)
                return open_syslog(ret_fd);
        int fd = strcmp(name, "-") == 0
                         ? fcntl(standard, F_DUPFD_CLOEXEC, 0)
                         : open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        return 0;
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

void log_files_close(int fds[static LOG_STREAMS])
{
        for (int i = 0; i < LOG_STREAMS; i++)
                fd_close(&fds[i]);
}

bool log_files_is_syslog(const struct serve_options *options)
{
        return strcmp(options->access_log, "syslog") == 0;
}
