#include "files/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
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

#define LINKS_MAX 8

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
                return -EREMOTE;
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

/* Looks at what is named, which asks nobody as long as no more than its mount is another's. */
static int look_at(const struct root *root, const char *path, uint64_t flags, uint64_t resolve,
                   int *ret_fd)
{
        const struct open_how how = {
                .flags = O_PATH | O_CLOEXEC | flags,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve,
        };
        long fd = syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
        if (fd < 0)
                return -errno;
        *ret_fd = (int)fd;
        return 0;
}

/* Cuts the path off behind its first name that is beyond, or leads there. False: none. */
static bool cut_at_mount(const struct root *root, char path[static PATH_MAX])
{
        for (char *end = path; *end;) {
                cleanup_fd int fd = -1;
                char *slash = strchr(end + 1, '/');
                if (slash)
                        *slash = '\0';
                if (look_at(root, path, 0, RESOLVE_NO_XDEV, &fd) == -EXDEV)
                        return true;
                if (!slash)
                        return false;
                *slash = '/';
                end = slash;
        }
        return false;
}

/* Puts what the symbolic link leads to in the place of the path whose last name it is. */
static bool follow(int link_fd, char path[static PATH_MAX])
{
        char target[PATH_MAX];
        char *slash = strrchr(path, '/');
        size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
        ssize_t length = readlinkat(link_fd, "", target, sizeof(target));

        if (length <= 0 || folder + (size_t)length >= PATH_MAX || target[0] == '/')
                return false;
        memcpy(path + folder, target, (size_t)length);
        path[folder + (size_t)length] = '\0';
        return true;
}

uint64_t root_device_beyond(const struct root *root, struct span path)
{
        char name[PATH_MAX];
        struct statx found;

        if (!root->local)
                return root->device;
        if (path.length >= sizeof(name))
                return 1;
        memcpy(name, path.data, path.length);
        name[path.length] = '\0';
        for (int links = 0; links < LINKS_MAX && cut_at_mount(root, name); links++) {
                cleanup_fd int fd = -1;
                if (look_at(root, name, O_NOFOLLOW, RESOLVE_NO_XDEV, &fd) == 0) {
                        if (!follow(fd, name))
                                break;
                        continue;
                }
                if (look_at(root, name, 0, RESOLVE_NO_SYMLINKS, &fd) < 0 ||
                    statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &found) < 0)
                        break;
                return makedev(found.stx_dev_major, found.stx_dev_minor);
        }
        return 1;
}
