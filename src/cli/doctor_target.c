/* What is examined: PATH, and a file beneath it to try things with. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/doctor_check.h"

/* A folder is searched so far for a file of this size; then the largest seen
 * will do. */
#define ENTRIES_MAX 2000
#define SIZE_WANTED ((uint64_t)64 << 10)

/* A regular file, readable, not waiting for anybody: a FIFO must not hang us. */
static int open_regular(const char *path, uint64_t *ret_size)
{
        cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat status;

        if (fd < 0 || fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode))
                return -EINVAL;
        *ret_size = (uint64_t)status.st_size;
        return fd_take(&fd);
}

/* A file with content, or -1; stays on the file system. */
static int find_regular(const char *folder, uint64_t *ret_size)
{
        char *const roots[] = {(char *)folder, NULL};
        FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
        uint64_t largest = 0;
        int best = -1;
        FTSENT *entry;

        if (!walk)
                return -1;
        for (int seen = 0; largest < SIZE_WANTED && seen < ENTRIES_MAX && (entry = fts_read(walk));
             seen++) {
                uint64_t size = 0;
                if (entry->fts_info != FTS_F || (uint64_t)entry->fts_statp->st_size <= largest)
                        continue;
                int fd = open_regular(entry->fts_accpath, &size);
                if (fd < 0)
                        continue;
                fd_close(&best);
                best = fd;
                largest = *ret_size = size;
        }
        (void)fts_close(walk);
        return best;
}

/* A folder without a file: one without a name, gone when it is closed. */
static int make_unnamed(const char *folder, uint64_t *ret_size)
{
        static const char content[4096] = "sluice doctor";
        cleanup_fd int fd = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

        if (fd < 0 || write(fd, content, sizeof(content)) != sizeof(content))
                return -1;
        *ret_size = sizeof(content);
        return fd_take(&fd);
}

/* The line of the mount in /proc/self/mountinfo, see proc(5):
 * id parent major:minor root mount-point options... - type source options */
static void find_mount(struct doctor_target *target)
{
        struct statx status;
        if (statx(AT_FDCWD, target->path, 0, STATX_MNT_ID, &status) < 0)
                return;

        char wanted[32], line[4096];
        (void)snprintf(wanted, sizeof(wanted), "%ju", (uintmax_t)status.stx_mnt_id);
        FILE *mounts = fopen("/proc/self/mountinfo", "re");
        while (mounts && fgets(line, sizeof(line), mounts)) {
                char id[32], mount_point[256];
                const char *type = strstr(line, " - ");
                if (!type || sscanf(line, "%31s %*s %*s %*s %255s", id, mount_point) != 2 ||
                    strcmp(id, wanted) != 0)
                        continue;
                (void)sscanf(type, " - %63s", target->file_system);
                memcpy(target->mount_point, mount_point, sizeof(mount_point));
        }
        if (mounts)
                (void)fclose(mounts);
}

static int check_folder(const char *path)
{
        cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : 0;
}

int doctor_target_open(struct doctor_target *ret_target, const char *path)
{
        struct doctor_target target = {.path = path, .file_fd = -1};
        struct stat status;

        if (stat(path, &status) < 0)
                return -errno;
        if (S_ISDIR(status.st_mode)) {
                int r = check_folder(path);
                if (r < 0)
                        return r;
                target.file_fd = find_regular(path, &target.file_size);
                if (target.file_fd < 0)
                        target.file_fd = make_unnamed(path, &target.file_size);
        } else {
                int r = open_regular(path, &target.file_size);
                if (r < 0)
                        return r;
                target.file_fd = r;
        }
        find_mount(&target);
        *ret_target = target;
        return 0;
}

void doctor_target_close(struct doctor_target *target)
{
        fd_close(&target->file_fd);
}

int doctor_loopback(int ret_fds[2])
{
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        socklen_t length = sizeof(address);
        cleanup_fd int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        cleanup_fd int near = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (listener < 0 || near < 0 ||
            bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
            listen(listener, 1) < 0 ||
            connect(near, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        int far = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (far < 0)
                return -errno;
        ret_fds[0] = fd_take(&near);
        ret_fds[1] = far;
        (void)fcntl(ret_fds[0], F_SETFL, O_NONBLOCK);
        return 0;
}
