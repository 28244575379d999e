#include "cli/compress_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "cli/codings.h"

static bool is_newer_or_same(const struct stat *a, const struct stat *b)
{
        return a->st_mtim.tv_sec != b->st_mtim.tv_sec ? a->st_mtim.tv_sec > b->st_mtim.tv_sec
                                                      : a->st_mtim.tv_nsec >= b->st_mtim.tv_nsec;
}

static int read_all(int fd, struct coding_buffer buffer)
{
        for (size_t done = 0; done < buffer.size;) {
                ssize_t n = read(fd, buffer.data + done, buffer.size - done);
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        return -ESTALE;
                if (n > 0)
                        done += (size_t)n;
        }
        return 0;
}

static int write_all(int fd, struct coding_buffer buffer)
{
        for (size_t done = 0; done < buffer.size;) {
                ssize_t n = write(fd, buffer.data + done, buffer.size - done);
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0)
                        done += (size_t)n;
        }
        return 0;
}

/* Under a hidden name, which no server gives away, until it is whole. */
static int write_sibling(const char *path, const char *suffix, const struct stat *like,
                         struct coding_buffer data)
{
        char unfinished[PATH_MAX], sibling[PATH_MAX];
        const char *slash = strrchr(path, '/');
        int folder = slash ? (int)(slash - path) + 1 : 0;
        int length = snprintf(unfinished, sizeof(unfinished), "%.*s.%s%s.XXXXXX", folder, path,
                              path + folder, suffix);
        if (length < 0 || (size_t)length >= sizeof(unfinished))
                return -ENAMETOOLONG;
        (void)snprintf(sibling, sizeof(sibling), "%s%s", path, suffix);

        cleanup_fd int fd = mkostemp(unfinished, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        int r = write_all(fd, data);
        /* Only root may give a file away. */
        if (r == 0 && fchown(fd, like->st_uid, like->st_gid) < 0 && errno != EPERM)
                r = -errno;
        if (r == 0 && fchmod(fd, like->st_mode & 0777) < 0)
                r = -errno;
        const struct timespec times[] = {like->st_atim, like->st_mtim};
        if (r == 0 && futimens(fd, times) < 0)
                r = -errno;
        if (r == 0 && rename(unfinished, sibling) < 0)
                r = -errno;
        if (r < 0)
                (void)unlink(unfinished);
        return r;
}

/* Reads the file, and codes it. A file that changes meanwhile is for the next time. */
static int code_file(int fd, const struct stat *status, enum content_coding coding,
                     struct coding_buffer *ret)
{
        struct coding_buffer in = {.size = (size_t)status->st_size};
        /* The worst case of all three, and some more. */
        struct coding_buffer out = {.size = in.size + in.size / 16 + 4096};
        struct stat after;
        int r = -ENOMEM;

        in.data = malloc(in.size + 1);
        out.data = malloc(out.size);
        if (in.data && out.data)
                r = read_all(fd, in);
        if (r == 0)
                r = coding_apply(coding, in, &out);
        if (r == 0 && fstat(fd, &after) < 0)
                r = -errno;
        if (r == 0 && (after.st_size != status->st_size || !is_newer_or_same(status, &after)))
                r = -ESTALE;
        free(in.data);
        if (r < 0)
                free(out.data);
        else
                *ret = out;
        return r;
}

enum compress_result compress_file(const char *path, enum content_coding coding,
                                   const struct compress_rule *rule, uint64_t *ret_size,
                                   int *ret_error)
{
        const char *suffix = coding_suffix(coding);
        char sibling[PATH_MAX];
        struct stat status, other;
        struct coding_buffer coded;
        cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

        *ret_error = fd < 0 || fstat(fd, &status) < 0 ? -errno : 0;
        if (*ret_error == 0 &&
            (!S_ISREG(status.st_mode) || (uint64_t)status.st_size > COMPRESS_SIZE_MAX))
                *ret_error = -EFBIG;
        if (*ret_error < 0)
                return COMPRESS_FAILED;
        int length = snprintf(sibling, sizeof(sibling), "%s%s", path, suffix);
        if (length > 0 && (size_t)length < sizeof(sibling) && lstat(sibling, &other) == 0 &&
            is_newer_or_same(&other, &status))
                return COMPRESS_UP_TO_DATE;

        *ret_error = code_file(fd, &status, coding, &coded);
        if (*ret_error < 0)
                return COMPRESS_FAILED;
        uint64_t size = (uint64_t)status.st_size;
        bool smaller = coded.size <= size - size / 100 * rule->saving_percent -
                                             size % 100 * rule->saving_percent / 100 &&
                       coded.size < size;
        if (smaller && !rule->dry_run)
                *ret_error = write_sibling(path, suffix, &status, coded);
        *ret_size = coded.size;
        free(coded.data);
        if (*ret_error < 0)
                return COMPRESS_FAILED;
        return smaller ? COMPRESS_WRITTEN : COMPRESS_NOT_SMALLER;
}
