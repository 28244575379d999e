/* bench_make_files ROOT < LIST: makes every file of a list of "SIZE PATH" lines
 * that is missing or of another size, and sees that all are on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "client/content.h"
#include "client/list.h"

static int file_write(int fd, uint64_t seed, uint64_t size)
{
        static unsigned char block[1 << 20];
        for (uint64_t done = 0; done < size;) {
                uint64_t left = size - done;
                size_t length = left < sizeof(block) ? (size_t)left : sizeof(block);
                content_fill(seed, done, block, length);
                ssize_t n = write(fd, block, length);
                if (n < 0)
                        return -errno;
                done += (uint64_t)n;
        }
        return 0;
}

static int file_make(int root_fd, const char *path, uint64_t size)
{
        struct stat there;
        if (fstatat(root_fd, path, &there, 0) == 0 && (uint64_t)there.st_size == size)
                return 0;
        char folder[LIST_PATH_SIZE];
        (void)snprintf(folder, sizeof(folder), "%s", path);
        char *slash = strchr(folder, '/');
        if (slash) {
                *slash = '\0';
                if (mkdirat(root_fd, folder, 0755) < 0 && errno != EEXIST)
                        return -errno;
        }
        cleanup_fd int fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        return file_write(fd, content_seed(path), size);
}

int main(int argc, char **argv)
{
        cleanup_fd int root_fd = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        if (root_fd < 0) {
                fputs("usage: bench_make_files ROOT < LIST\n", stderr);
                return 2;
        }
        char path[LIST_PATH_SIZE] = "the list";
        uint64_t size;
        int r;
        while ((r = list_next(stdin, &size, path)) == 0) {
                r = file_make(root_fd, path, size);
                if (r < 0)
                        break;
        }
        if (r != -ENODATA) {
                fprintf(stderr, "bench_make_files: %s: %s\n", path, strerror(-r));
                return 1;
        }
        return syncfs(root_fd) < 0;
}
