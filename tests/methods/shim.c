#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/vfs.h>

static _Thread_local struct {
        bool armed;
        enum shim_target target;
        unsigned left; /* until the one that fails */
        int error;
        const char *failed;
} shim;

void shim_arm(enum shim_target target, unsigned nth, int error)
{
        shim.target = target;
        shim.left = nth;
        shim.error = error;
        shim.failed = "nothing";
        shim.armed = true;
}

bool shim_disarm(void)
{
        shim.armed = false;
        return shim.left == 0;
}

const char *shim_failed(void)
{
        return shim.failed ? shim.failed : "nothing";
}

static bool fails(enum shim_target target, const char *name)
{
        if (!shim.armed || shim.target != target || shim.left == 0 || --shim.left > 0)
                return false;
        shim.failed = name;
        errno = shim.error;
        return true;
}

/* A call that fails does nothing at all. */
#define CALL(type, name, parameters, arguments)                                              \
        type __real_##name parameters;                                                       \
        type __wrap_##name parameters;                                                       \
        type __wrap_##name parameters                                                        \
        {                                                                                    \
                return fails(SHIM_SYSTEM_CALLS, #name) ? (type)-1 : __real_##name arguments; \
        }

/* A call that has done its work even when it says that it failed. */
#define DONE_CALL(type, name, parameters, arguments)                  \
        type __real_##name parameters;                                \
        type __wrap_##name parameters;                                \
        type __wrap_##name parameters                                 \
        {                                                             \
                type result = __real_##name arguments;                \
                return fails(SHIM_SYSTEM_CALLS, #name) ? -1 : result; \
        }

#define ALLOCATION(name, parameters, arguments)                                         \
        void *__real_##name parameters;                                                 \
        void *__wrap_##name parameters;                                                 \
        void *__wrap_##name parameters                                                  \
        {                                                                               \
                return fails(SHIM_ALLOCATIONS, #name) ? NULL : __real_##name arguments; \
        }

ALLOCATION(malloc, (size_t size), (size))
ALLOCATION(calloc, (size_t count, size_t size), (count, size))
ALLOCATION(realloc, (void *old, size_t size), (old, size))
ALLOCATION(aligned_alloc, (size_t alignment, size_t size), (alignment, size))

CALL(ssize_t, pread64, (int fd, void *buffer, size_t length, off_t offset),
     (fd, buffer, length, offset))
CALL(ssize_t, preadv64v2, (int fd, const struct iovec *parts, int count, off_t offset, int flags),
     (fd, parts, count, offset, flags))
CALL(ssize_t, write, (int fd, const void *data, size_t length), (fd, data, length))
CALL(ssize_t, send, (int fd, const void *data, size_t length, int flags), (fd, data, length, flags))
CALL(ssize_t, sendfile64, (int out_fd, int in_fd, off_t *offset, size_t length),
     (out_fd, in_fd, offset, length))
CALL(ssize_t, splice,
     (int from, off_t *from_offset, int to, off_t *to_offset, size_t length, unsigned flags),
     (from, from_offset, to, to_offset, length, flags))
CALL(int, pipe2, (int fds[2], int flags), (fds, flags))
CALL(int, fcntl64, (int fd, int command, int argument), (fd, command, argument))
CALL(void *, mmap64,
     (void *address, size_t length, int protection, int flags, int fd, off_t offset),
     (address, length, protection, flags, fd, offset))
DONE_CALL(int, munmap, (void *address, size_t length), (address, length))
CALL(int, madvise, (void *address, size_t length, int advice), (address, length, advice))
CALL(int, openat64, (int directory, const char *path, int flags), (directory, path, flags))
DONE_CALL(int, close, (int fd), (fd))
CALL(int, fstatat64, (int fd, const char *path, struct stat *ret, int flags),
     (fd, path, ret, flags))
CALL(int, fstatfs64, (int fd, struct statfs *ret), (fd, ret))
CALL(int, statx, (int fd, const char *path, int flags, unsigned mask, struct statx *ret),
     (fd, path, flags, mask, ret))
CALL(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *length),
     (fd, level, name, value, length))
CALL(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t length),
     (fd, level, name, value, length))
CALL(int, getsockname, (int fd, struct sockaddr *ret, socklen_t *length), (fd, ret, length))
CALL(int, getpeername, (int fd, struct sockaddr *ret, socklen_t *length), (fd, ret, length))
CALL(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
CALL(int, poll, (struct pollfd * fds, nfds_t count, int timeout_ms), (fds, count, timeout_ms))
CALL(long, syscall, (long number, long a, long b, long c, long d, long e, long f),
     (number, a, b, c, d, e, f))

/* liburing returns the error itself. */
#define RING_CALL(name, parameters, arguments)                                             \
        int __real_##name parameters;                                                      \
        int __wrap_##name parameters;                                                      \
        int __wrap_##name parameters                                                       \
        {                                                                                  \
                return fails(SHIM_SYSTEM_CALLS, #name) ? -errno : __real_##name arguments; \
        }
RING_CALL(io_uring_queue_init_params,
          (unsigned entries, struct io_uring *ring, struct io_uring_params *params),
          (entries, ring, params))
RING_CALL(io_uring_register_buffers,
          (struct io_uring * ring, const struct iovec *parts, unsigned count), (ring, parts, count))
RING_CALL(io_uring_submit, (struct io_uring * ring), (ring))

/* posix_fadvise(2) returns the error itself. */
int __real_posix_fadvise64(int fd, off_t offset, off_t length, int advice);
int __wrap_posix_fadvise64(int fd, off_t offset, off_t length, int advice);
int __wrap_posix_fadvise64(int fd, off_t offset, off_t length, int advice)
{
        return fails(SHIM_SYSTEM_CALLS, "posix_fadvise64")
                       ? errno
                       : __real_posix_fadvise64(fd, offset, length, advice);
}
