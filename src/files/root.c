#include "files/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "files/local.h"
#include "files/symlinks.h"

/* openat2(2): a rename elsewhere in the tree can make a ".." unprovable; trying
 * again is the answer, but not for ever. */
#define RACES_MAX 16

/* As many as the kernel follows: path_resolution(7). */
#define LINKS_MAX 40

static int open_directory(const char *path, int *ret_fd)
{
        int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        return 0;
}

/* Splits the absolute path of a file into its directory, opened, and its name. */
static int open_only(struct root *root, const char *absolute)
{
        char *copy = strdup(absolute);
        if (!copy)
                return -ENOMEM;
        char *slash = strrchr(copy, '/');
        root->only = strdup(slash + 1);
        *slash = '\0';
        int r = root->only ? open_directory(copy[0] ? copy : "/", &root->fd) : -ENOMEM;
        free(copy);
        return r;
}

/* What this process may not enter, or, a file, not read, is nobody served: better said now. */
static int look_inside(const struct root *root)
{
        int flags = root->only ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY;
        cleanup_fd int fd = openat(root->fd, root->only ? root->only : ".", flags | O_CLOEXEC);
        return fd < 0 ? -errno : 0;
}

int root_open(struct root *ret_root, const char *path)
{
        struct root root = {.fd = -1};
        struct stat status;
        int r;

        root.shown = realpath(path, NULL);
        if (!root.shown)
                return -errno;
        if (stat(root.shown, &status) < 0)
                r = -errno;
        else if (S_ISDIR(status.st_mode))
                r = open_directory(root.shown, &root.fd);
        else if (S_ISREG(status.st_mode))
                r = open_only(&root, root.shown);
        else
                r = -EINVAL;
        if (r == 0)
                r = look_inside(&root);

        if (r < 0) {
                root_close(&root);
                return r;
        }
        root.local = local_is_all_there(root.fd);
        root.device = status.st_dev;
        *ret_root = root;
        return 0;
}

void root_close(struct root *root)
{
        fd_close(&root->fd);
        free(root->only);
        free(root->shown);
        *root = (struct root){.fd = -1};
}

static int open_once(const struct root *root, const char *path, const struct open_how *how,
                     int *ret_fd)
{
        if (root->symlinks == ROOT_SYMLINKS_OWNER)
                return symlinks_open_by_owner(root->fd, path, how, ret_fd);
        long fd = syscall(SYS_openat2, root->fd, path, how, sizeof(*how));
        if (fd < 0)
                return -errno;
        *ret_fd = (int)fd;
        return 0;
}

/* A device's driver may fail its open(2) with any error, a terminal's with EIO. That it
 * is no file can be seen without opening it. */
static bool is_device(const struct root *root, const char *path, const struct open_how *how)
{
        const struct open_how look = {.flags = O_PATH | O_CLOEXEC, .resolve = how->resolve};
        cleanup_fd int fd = -1;
        struct stat status;

        return open_once(root, path, &look, &fd) == 0 && fstat(fd, &status) == 0 &&
               (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode));
}

int root_open_path(const struct root *root, const char *path, unsigned flags, int *ret_fd)
{
        struct open_how how = {
                .flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
        };
        const bool local = flags & ROOT_LOCAL, cached = flags == ROOT_CACHED;

        if (local && !root->local)
                return cached ? -EAGAIN : -EREMOTE;
        if (local)
                how.resolve |= RESOLVE_NO_XDEV;
        if (cached)
                how.resolve |= RESOLVE_CACHED;
        if (root->symlinks == ROOT_SYMLINKS_NEVER)
                how.resolve |= RESOLVE_NO_SYMLINKS;

        for (int races = 0;;) {
                int r = open_once(root, path[0] ? path : ".", &how, ret_fd);
                if (r == -EINTR)
                        continue;
                /* Elsewhere, or out of the root: who asks elsewhere finds out. At a mount the
                 * kernel says either, asked not to wait. */
                if (r == -EXDEV && local)
                        return cached ? -EAGAIN : -EREMOTE;
                if ((r == -EIO || r == -EBUSY || r == -ENOMEDIUM) && is_device(root, path, &how))
                        return -ENXIO;
                if (r != -EAGAIN || cached || ++races == RACES_MAX)
                        return r;
        }
}

/* ---- What is mounted beneath ---- */

static int look(const struct root *root, const char *path, uint64_t resolve, int *ret_fd)
{
        const struct open_how how = {
                .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve,
        };
        for (int races = 0;; races++) {
                long fd = syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
                if (fd >= 0) {
                        *ret_fd = (int)fd;
                        return 0;
                }
                bool again = errno == EINTR || (errno == EAGAIN && resolve != RESOLVE_CACHED);
                if (!again || races == RACES_MAX)
                        return -errno;
        }
}

/* Looks at the last name of the path, asking nobody: what is mounted is in memory, with all that
 * it is mounted in. Not so with every file system; where the names before are on the root's own
 * (local), that may be waited for. */
static int look_at(const struct root *root, const char *path, bool local, int *ret_fd)
{
        int r = look(root, path, RESOLVE_CACHED, ret_fd);
        if (r == -EAGAIN && local)
                r = look(root, path, RESOLVE_NO_XDEV, ret_fd);
        if (r == -EXDEV && local)
                r = look(root, path, 0, ret_fd);
        return r;
}

/* Puts what the symbolic link leads to in the place of the path whose last name it is. */
static bool follow(int link_fd, char path[static PATH_MAX], const char *rest)
{
        char target[PATH_MAX], followed[PATH_MAX];
        const char *slash = strrchr(path, '/');
        ssize_t length = readlinkat(link_fd, "", target, sizeof(target) - 1);

        if (length <= 0 || target[0] == '/')
                return false;
        target[length] = '\0';
        int written =
                snprintf(followed, sizeof(followed), "%.*s%s%s%s",
                         slash ? (int)(slash - path) + 1 : 0, path, target, *rest ? "/" : "", rest);
        if (written < 0 || (size_t)written >= sizeof(followed))
                return false;
        memcpy(path, followed, (size_t)written + 1);
        return true;
}

uint64_t root_device_beyond(const struct root *root, struct span path)
{
        uint64_t device = ROOT_NOT_BEYOND;
        char name[PATH_MAX], *end = name;
        int links = 0;

        if (!root->local)
                return root->device;
        if (path.length >= sizeof(name))
                return device;
        memcpy(name, path.data, path.length);
        name[path.length] = '\0';
        /* Name by name, as far as nobody else has to be asked. */
        while (*end) {
                cleanup_fd int fd = -1;
                struct statx found;
                char *slash = strchr(end + 1, '/');

                if (slash)
                        *slash = '\0';
                const bool local = device == ROOT_NOT_BEYOND;

                if (look_at(root, name, local, &fd) < 0 ||
                    statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &found) < 0)
                        break;
                if (S_ISLNK(found.stx_mode)) {
                        if (!local || ++links > LINKS_MAX ||
                            !follow(fd, name, slash ? slash + 1 : ""))
                                break;
                        end = name;
                        continue;
                }
                device = makedev(found.stx_dev_major, found.stx_dev_minor);
                if (device == root->device)
                        device = ROOT_NOT_BEYOND;
                if (!slash)
                        break;
                *slash = '/';
                end = slash;
        }
        return device;
}
