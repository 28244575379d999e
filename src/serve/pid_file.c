#include "serve/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
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
        if (fd < 0 || write(fd, text, (size_t)length) != length)
                return server_complain("cannot write the file", path, -errno);
        return 0;
}

void pid_file_remove(const char *path)
{
        char text[TEXT_SIZE] = "";

        if (!path)
                return;
        cleanup_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        /* Another server's, that was given the same file, stays. */
        if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && atoi(text) == (int)getpid())
                (void)unlink(path);
}
