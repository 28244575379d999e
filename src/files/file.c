#include "files/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "files/media_type.h"

/* A file changed within this time may change again without its times showing
 * it: they are as coarse as a clock tick, or as 2 s on FAT. */
#define SETTLED_AFTER_NS (2 * NS_PER_S)

static uint64_t time_ns(struct timespec time)
{
        return time.tv_sec < 0 ? 0 : (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static bool same_time(struct timespec a, struct timespec b)
{
        return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static void fill_status(struct file *file, const struct stat *status)
{
        file->device = status->st_dev;
        file->inode = status->st_ino;
        file->size = (uint64_t)status->st_size;
        file->modified = status->st_mtim;
        file->changed = status->st_ctim;
}

static bool same_status(const struct file *file, const struct stat *status)
{
        return file->device == status->st_dev && file->inode == status->st_ino &&
               file->size == (uint64_t)status->st_size &&
               same_time(file->modified, status->st_mtim) &&
               same_time(file->changed, status->st_ctim);
}

/* Inode, size and mtime; the ctime too where it differs, for then the mtime has
 * been set by hand and proves nothing. */
static void write_etag(struct file *file, uint64_t now_ns)
{
        uint64_t modified = time_ns(file->modified), changed = time_ns(file->changed);
        uint64_t latest = modified > changed ? modified : changed;
        file->settled = latest + SETTLED_AFTER_NS <= now_ns;

        char changed_text[24] = "";
        if (changed != modified)
                (void)snprintf(changed_text, sizeof(changed_text), "-%jx", (uintmax_t)changed);
        file->etag_length = (size_t)snprintf(
                file->etag, sizeof(file->etag), "%s\"%jx-%jx-%jx%s\"", file->settled ? "" : "W/",
                (uintmax_t)file->inode, (uintmax_t)file->size, (uintmax_t)modified, changed_text);
}

int file_new(struct file **ret_file, int *fd, const char *name, uint64_t now_ns)
{
        cleanup_fd int owned = fd_take(fd);
        struct stat status;

        if (fstat(owned, &status) < 0)
                return -errno;
        if (S_ISDIR(status.st_mode))
                return -EISDIR;
        if (!S_ISREG(status.st_mode))
                return -ENOENT;

        struct file *file = calloc(1, sizeof(*file));
        if (!file)
                return -ENOMEM;
        file->references = 1;
        file->fd = fd_take(&owned);
        file->type = media_type_of(name);
        file->name = strdup(name);
        fill_status(file, &status);
        write_etag(file, now_ns);
        if (!file->name) {
                file_unref(file);
                return -ENOMEM;
        }
        *ret_file = file;
        return 0;
}

struct file *file_ref(struct file *file)
{
        file->references++;
        return file;
}

void file_unref(struct file *file)
{
        if (!file || --file->references > 0)
                return;
        sluice_source_close(file->source);
        if (file->fd >= 0 && file->closer)
                file->closer->close(file->closer, &file->fd, file->device);
        fd_close(&file->fd);
        free(file->body ? file->body - file->head_room : NULL);
        free(file->fields);
        free(file->name);
        free(file);
}

bool file_is_same(const struct file *a, const struct file *b)
{
        return a->device == b->device && a->inode == b->inode && a->size == b->size &&
               same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

static int read_all(const struct file *file, char *body, bool wait)
{
        uint64_t done = 0;
        while (done < file->size) {
                struct iovec part = {.iov_base = body + done, .iov_len = file->size - done};
                ssize_t n = preadv2(file->fd, &part, 1, (off_t)done, wait ? 0 : RWF_NOWAIT);
                if (n > 0) {
                        done += (uint64_t)n;
                } else if (n == 0) {
                        return -ESTALE;
                } else if (errno == EOPNOTSUPP && !wait) {
                        /* The file system cannot tell: it may block. */
                        return -EAGAIN;
                } else if (errno != EINTR) {
                        return -errno;
                }
        }
        return 0;
}

int file_read_body(struct file *file, size_t head_room, bool wait)
{
        char *block = malloc(head_room + file->size);
        if (!block)
                return -ENOMEM;

        struct stat status;
        int r = read_all(file, block + head_room, wait);
        if (r == 0 && fstat(file->fd, &status) < 0)
                r = -errno;
        if (r == 0 && !same_status(file, &status))
                r = -ESTALE;
        if (r < 0) {
                free(block);
                return r;
        }
        file->body = block;
        file->body += head_room;
        file->head_room = head_room;
        fd_close(&file->fd);
        return 0;
}
