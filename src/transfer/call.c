#include "transfer/call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/* Debian 12's headers are of Linux 6.1. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

/* Counts and makes a call until a signal no longer interrupts it. */
#define COUNTED(account, name, expression)               \
        ({                                               \
                __typeof__(expression) result_;          \
                do {                                     \
                        (account)->calls[CALL_##name]++; \
                        result_ = (expression);          \
                } while (result_ < 0 && errno == EINTR); \
                result_ < 0 ? -errno : result_;          \
        })

ssize_t call_pread(struct account *a, int fd, void *buffer, size_t length, uint64_t offset)
{
        return COUNTED(a, pread64, pread(fd, buffer, length, (off_t)offset));
}

ssize_t call_preadv2(struct account *a, int fd, const struct iovec *parts, int count,
                     uint64_t offset, int flags)
{
        return COUNTED(a, preadv2, preadv2(fd, parts, count, (off_t)offset, flags));
}

ssize_t call_write(struct account *a, int fd, const void *buffer, size_t length)
{
        return COUNTED(a, write, write(fd, buffer, length));
}

ssize_t call_send(struct account *a, int fd, const void *buffer, size_t length, int flags)
{
        return COUNTED(a, sendto, send(fd, buffer, length, flags | MSG_NOSIGNAL));
}

ssize_t call_sendfile(struct account *a, int out_fd, int file_fd, uint64_t offset, size_t length)
{
        off_t position = (off_t)offset;
        return COUNTED(a, sendfile, sendfile(out_fd, file_fd, &position, length));
}

ssize_t call_splice(struct account *a, int from_fd, uint64_t *offset, int to_fd, size_t length,
                    unsigned flags)
{
        off_t position = offset ? (off_t)*offset : 0;
        off_t *from = offset ? &position : NULL;
        ssize_t n = COUNTED(a, splice, splice(from_fd, from, to_fd, NULL, length, flags));
        if (n > 0 && offset)
                *offset = (uint64_t)position;
        return n;
}

int call_pipe2(struct account *a, int ret_fds[2], int flags)
{
        return COUNTED(a, pipe2, pipe2(ret_fds, flags));
}

int call_fcntl(struct account *a, int fd, int command, int argument)
{
        return COUNTED(a, fcntl, fcntl(fd, command, argument));
}

int call_mmap(struct account *a, void **ret_address, size_t length, int protection, int flags,
              int fd, uint64_t offset)
{
        void *address;
        do {
                a->calls[CALL_mmap]++;
                address = mmap(NULL, length, protection, flags, fd, (off_t)offset);
        } while (address == MAP_FAILED && errno == EINTR);
        if (address == MAP_FAILED)
                return -errno;
        *ret_address = address;
        return 0;
}

int call_munmap(struct account *a, void *address, size_t length)
{
        return COUNTED(a, munmap, munmap(address, length));
}

int call_madvise(struct account *a, void *address, size_t length, int advice)
{
        return COUNTED(a, madvise, madvise(address, length, advice));
}

int call_open(struct account *a, const char *path, int flags)
{
        return COUNTED(a, openat, openat(AT_FDCWD, path, flags | O_CLOEXEC));
}

int call_reopen(struct account *a, int fd, int flags)
{
        char path[sizeof("/proc/self/fd/") + 3 * sizeof(fd)];
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return call_open(a, path, flags);
}

void call_close(struct account *a, int *fd)
{
        if (*fd < 0)
                return;
        a->calls[CALL_close]++;
        fd_close(fd);
}

int call_fstat(struct account *a, int fd, struct stat *ret)
{
        /* What fstat(3) comes down to, or does not, by the C library's version. */
        return COUNTED(a, newfstatat, fstatat(fd, "", ret, AT_EMPTY_PATH));
}

int call_check_mode(unsigned mode)
{
        if (S_ISDIR(mode))
                return -EISDIR;
        return S_ISREG(mode) ? 0 : -EINVAL;
}

int call_fstat_regular(struct account *a, int fd, struct stat *ret)
{
        int r = call_fstat(a, fd, ret);
        return r < 0 ? r : call_check_mode(ret->st_mode);
}

int call_fstatfs(struct account *a, int fd, struct statfs *ret)
{
        return COUNTED(a, fstatfs, fstatfs(fd, ret));
}

int call_statx(struct account *a, int fd, int flags, unsigned mask, struct statx *ret)
{
        return COUNTED(a, statx, statx(fd, "", AT_EMPTY_PATH | flags, mask, ret));
}

int call_getsockopt(struct account *a, int fd, int level, int name, void *ret_value,
                    socklen_t *length)
{
        return COUNTED(a, getsockopt, getsockopt(fd, level, name, ret_value, length));
}

int call_setsockopt(struct account *a, int fd, int level, int name, const void *value,
                    socklen_t length)
{
        return COUNTED(a, setsockopt, setsockopt(fd, level, name, value, length));
}

int call_getsockname(struct account *a, int fd, struct sockaddr *ret, socklen_t *length)
{
        return COUNTED(a, getsockname, getsockname(fd, ret, length));
}

int call_getpeername(struct account *a, int fd, struct sockaddr *ret, socklen_t *length)
{
        return COUNTED(a, getpeername, getpeername(fd, ret, length));
}

ssize_t call_recvmsg(struct account *a, int fd, struct msghdr *message, int flags)
{
        return COUNTED(a, recvmsg, recvmsg(fd, message, flags));
}

int call_fadvise(struct account *a, int fd, uint64_t offset, uint64_t length, int advice)
{
        /* posix_fadvise(2) returns the error itself. */
        a->calls[CALL_fadvise64]++;
        return -posix_fadvise(fd, (off_t)offset, (off_t)length, advice);
}

int call_poll(struct account *a, struct pollfd *fds, nfds_t count, int timeout_ms)
{
        return COUNTED(a, poll, poll(fds, count, timeout_ms));
}

/* liburing makes its calls itself and returns -errno: they are counted from what
 * it is known to do. */
static unsigned ring_mappings(const struct io_uring *ring)
{
        return ring->features & IORING_FEAT_SINGLE_MMAP ? 2 : 3;
}

int call_uring_init(struct account *a, unsigned entries, struct io_uring *ret,
                    struct io_uring_params *params)
{
        a->calls[CALL_io_uring_setup]++;
        int r = io_uring_queue_init_params(entries, ret, params);
        if (r == 0)
                a->calls[CALL_mmap] += ring_mappings(ret);
        return r;
}

void call_uring_exit(struct account *a, struct io_uring *ring)
{
        a->calls[CALL_munmap] += ring_mappings(ring);
        a->calls[CALL_close]++;
        io_uring_queue_exit(ring);
}

int call_uring_register_buffers(struct account *a, struct io_uring *ring, const struct iovec *parts,
                                unsigned count)
{
        int r;
        do {
                a->calls[CALL_io_uring_register]++;
                r = io_uring_register_buffers(ring, parts, count);
        } while (r == -EINTR);
        return r;
}

int call_uring_register_probe(struct account *a, struct io_uring *ring,
                              struct io_uring_probe *probe, unsigned count)
{
        a->calls[CALL_io_uring_register]++;
        return io_uring_register_probe(ring, probe, count);
}

int call_uring_submit(struct account *a, struct io_uring *ring)
{
        int r = 0;
        while (io_uring_sq_ready(ring) > 0) {
                a->calls[CALL_io_uring_enter]++;
                r = io_uring_submit(ring);
                if (r < 0 && r != -EINTR)
                        return r;
        }
        return 0;
}

int call_cachestat(struct account *a, int fd, uint64_t offset, uint64_t length,
                   uint64_t *ret_pages_cached)
{
        /* struct cachestat_range and struct cachestat of <linux/mman.h>, 6.5. */
        struct {
                uint64_t offset, length;
        } range = {offset, length};
        struct {
                uint64_t cached, dirty, writeback, evicted, recently_evicted;
        } found = {0};

        long r = COUNTED(a, cachestat, syscall(SYS_cachestat, fd, &range, &found, 0));
        if (r < 0)
                return (int)r;
        *ret_pages_cached = found.cached;
        return 0;
}
