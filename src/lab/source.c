#include "lab/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "lab/digest.h"
#include "lab/random.h"
#include "sluice.h"

#define READ_AHEAD ((uint64_t)4 << 20)
#define BLOCK ((size_t)1 << 20)
#define PATH_SIZE 4096

/* <linux/mman.h> of Linux 6.5; Debian 12's headers are older. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
struct cachestat_range {
        uint64_t offset, length;
};
struct cachestat_counts {
        uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

static int has_room(const char *folder, uint64_t size_bytes)
{
        struct statvfs status;
        if (statvfs(folder, &status) < 0)
                return -errno;
        return (uint64_t)status.f_bavail * status.f_frsize > size_bytes ? 0 : -ENOSPC;
}

static int make_unnamed(const char *folder)
{
        char path[PATH_SIZE];
        int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
                return fd < 0 ? -errno : fd;
        /* Not every file system has files without a name. */
        if (snprintf(path, sizeof(path), "%s/.sluice-lab-XXXXXX", folder) >= (int)sizeof(path))
                return -ENAMETOOLONG;
        fd = mkostemp(path, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        (void)unlink(path);
        return fd;
}

static int fill(int fd, uint64_t size_bytes, uint64_t seed)
{
        uint64_t *block = malloc(BLOCK);
        int r = block ? 0 : -ENOMEM;
        for (uint64_t done = 0; r == 0 && done < size_bytes;) {
                for (size_t i = 0; i < BLOCK / sizeof(*block); i++)
                        block[i] = random_next(&seed);
                uint64_t left = size_bytes - done;
                ssize_t n = write(fd, block, left < BLOCK ? (size_t)left : BLOCK);
                if (n <= 0)
                        r = n < 0 ? -errno : -EIO;
                else
                        done += (uint64_t)n;
        }
        free(block);
        return r == 0 && fsync(fd) < 0 ? -errno : r;
}

int source_open(struct source *ret, const char *folder, uint64_t size_bytes, uint64_t seed)
{
        char path[64];
        int r = has_room(folder, size_bytes);
        if (r < 0)
                return r;
        cleanup_fd int fd = make_unnamed(folder);
        if (fd < 0)
                return fd;
        r = fill(fd, size_bytes, seed);
        if (r < 0)
                return r;
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        int reading = open(path, O_RDONLY | O_CLOEXEC);
        if (reading < 0)
                return -errno;
        *ret = (struct source){.fd = reading, .size_bytes = size_bytes};
        return 0;
}

void source_close(struct source *source)
{
        fd_close(&source->fd);
}

uint64_t source_offset(const struct source *source, uint64_t size_bytes, uint64_t index)
{
        return index % (source->size_bytes / size_bytes) * size_bytes;
}

static int cached_of(int fd, struct cachestat_range range, uint64_t *ret_bytes)
{
        struct cachestat_counts counts;
        if (syscall(SYS_cachestat, fd, &range, &counts, 0) < 0)
                return -errno;
        *ret_bytes = counts.cached * (uint64_t)sysconf(_SC_PAGESIZE);
        return 0;
}

int source_cached_bytes(int fd, uint64_t *ret_bytes)
{
        /* A length of 0: to the end. */
        return cached_of(fd, (struct cachestat_range){0}, ret_bytes);
}

int source_set_cache(const struct source *source, enum lab_cache cache, uint64_t bytes)
{
        uint64_t cached = 0;

        if (cache == LAB_COLD)
                return -posix_fadvise(source->fd, 0, 0, POSIX_FADV_DONTNEED);
        /* All of a GiB behind every cold sample would take most of a run's time. */
        bytes = bytes < source->size_bytes - READ_AHEAD && source->size_bytes > READ_AHEAD
                        ? bytes + READ_AHEAD
                        : source->size_bytes;
        if (cached_of(source->fd, (struct cachestat_range){.length = bytes}, &cached) == 0 &&
            cached >= bytes)
                return 0;
        return sluice_warm(source->fd, 0, bytes);
}

static int digest_range(const struct source *source, struct digest *digest, unsigned char *block,
                        uint64_t offset, uint64_t length)
{
        while (length > 0) {
                ssize_t n = pread(source->fd, block, length < BLOCK ? (size_t)length : BLOCK,
                                  (off_t)offset);
                if (n <= 0)
                        return n < 0 ? -errno : -ENODATA;
                digest_add(digest, block, (size_t)n);
                offset += (uint64_t)n;
                length -= (uint64_t)n;
        }
        return 0;
}

int source_digest(const struct source *source, const struct lab_setting *setting,
                  uint32_t transfers, uint64_t *ret_digest)
{
        uint64_t sum = 0, index = 0;
        unsigned char *block = malloc(BLOCK);
        int r = block ? 0 : -ENOMEM;
        for (uint32_t i = 0; r == 0 && i < setting->connections; i++) {
                struct digest digest;
                digest_init(&digest);
                for (uint32_t j = 0; r == 0 && j < transfers; j++, index++)
                        r = digest_range(source, &digest, block,
                                         source_offset(source, setting->size_bytes, index),
                                         setting->size_bytes);
                sum += digest_value(&digest);
        }
        free(block);
        if (r == 0)
                *ret_digest = sum;
        return r;
}
