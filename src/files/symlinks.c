#include "files/symlinks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

static int open_by(int directory, const char *path, uint64_t flags, uint64_t resolve, int *ret_fd)
{
        const struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
        long fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
        if (fd < 0)
                return -errno;
        *ret_fd = (int)fd;
        return 0;
}

/* Who a symlink belongs to; *ret_is_link is false when name is none. */
static int link_owner(int directory, const char *name, uint64_t resolve, bool *ret_is_link,
                      uid_t *ret_owner)
{
        cleanup_fd int fd = -1;
        struct stat status;
        int r = open_by(directory, name, O_PATH | O_NOFOLLOW, resolve, &fd);
        if (r == 0 && fstat(fd, &status) < 0)
                r = -errno;
        if (r < 0)
                return r;
        *ret_is_link = S_ISLNK(status.st_mode);
        *ret_owner = status.st_uid;
        return 0;
}

/* A step from *directory to name, the last of prefix, which begins at the root. What
 * is reached is opened before its owner is asked for, and is what the next step
 * goes from: a swap in between changes nothing. */
static int step(int root_fd, int directory, const char *prefix, const char *name, uint64_t flags,
                uint64_t resolve, int *ret_fd)
{
        cleanup_fd int reached = -1;
        struct stat status;
        bool is_link;
        uid_t owner;

        int r = link_owner(directory, name, resolve, &is_link, &owner);
        if (r < 0)
                return r;
        if (!is_link)
                return open_by(directory, name, flags, resolve | RESOLVE_NO_SYMLINKS, ret_fd);
        /* From the root: the link may go up, as long as it stays beneath. */
        r = open_by(root_fd, prefix, flags, resolve, &reached);
        if (r == 0 && fstat(reached, &status) < 0)
                r = -errno;
        if (r == 0 && status.st_uid != owner)
                r = -EACCES;
        if (r == 0)
                *ret_fd = fd_take(&reached);
        return r;
}

int symlinks_open_by_owner(int root_fd, const char *path, const struct open_how *how, int *ret_fd)
{
        cleanup_fd int directory = -1;
        char prefix[PATH_MAX];
        size_t length = strlen(path);

        /* Most paths have none. */
        int r = open_by(root_fd, path, how->flags, how->resolve | RESOLVE_NO_SYMLINKS, ret_fd);
        if (r != -ELOOP)
                return r;
        if (length >= sizeof(prefix))
                return -ENAMETOOLONG;
        memcpy(prefix, path, length + 1);

        for (char *name = prefix;;) {
                char *slash = strchr(name, '/');
                int next = -1;
                if (slash)
                        *slash = '\0';
                r = step(root_fd, directory < 0 ? root_fd : directory, prefix, name,
                         slash ? O_PATH : how->flags, how->resolve, &next);
                if (r < 0)
                        return r;
                if (!slash) {
                        *ret_fd = next;
                        return 0;
                }
                fd_close(&directory);
                directory = next;
                *slash = '/';
                name = slash + 1;
        }
}
