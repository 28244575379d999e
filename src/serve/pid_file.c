#include "serve/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "serve/server.h"

#define TEXT_SIZE 24

int pid_file_write(const char *path)
{
        char text[TEXT_SIZE];

        if (!path)
                return 0;
        int length = snprintf(text, sizeof(text), "%d\n", (int)getpid());
        /* In a folder of others' a link could lead anywhere. */
        cleanup_fd int fd =
                open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0644);
        ssize_t n = fd < 0 ? -1 : write(fd, text, (size_t)length);
        if (n != length)
                return server_complain("cannot write the file", path, n < 0 ? -errno : -ENOSPC);
        return 0;
}

void pid_file_remove(const char *path)
{
        char text[TEXT_SIZE] = "";

        if (!path)
                return;
        cleanup_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));
        uint64_t pid;
        /* Another server's, that was given the same file, stays. */
        if (n > 1 && number_parse((struct span){text, (size_t)n - 1}, &pid) == 0 &&
            pid == (uint64_t)getpid())
                (void)unlink(path);
}
