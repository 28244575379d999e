/* The system calls of a transfer, each counted where it is made. They return
 * what the call returns, or -errno; an interrupted call is made again (and
 * counted again). */
#pragma once

#include <liburing.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include "transfer/account.h"

ssize_t call_pread(struct account *, int fd, void *buffer, size_t length, uint64_t offset);
ssize_t call_preadv2(struct account *, int fd, const struct iovec *, int count, uint64_t offset,
                     int flags);
ssize_t call_write(struct account *, int fd, const void *buffer, size_t length);
ssize_t call_send(struct account *, int fd, const void *buffer, size_t length, int flags);
ssize_t call_sendfile(struct account *, int out_fd, int file_fd, uint64_t offset, size_t length);

/* offset: of the file that from_fd is, moved on by what was spliced; NULL for a
 * pipe. */
ssize_t call_splice(struct account *, int from_fd, uint64_t *offset, int to_fd, size_t length,
                    unsigned flags);
int call_pipe2(struct account *, int ret_fds[2], int flags);
int call_fcntl(struct account *, int fd, int command, int argument);
int call_mmap(struct account *, void **ret_address, size_t length, int protection, int flags,
              int fd, uint64_t offset);
int call_munmap(struct account *, void *address, size_t length);
int call_madvise(struct account *, void *address, size_t length, int advice);

/* O_CLOEXEC is added. */
int call_open(struct account *, const char *path, int flags);
/* The same file again, with other flags, through /proc/self/fd. */
int call_reopen(struct account *, int fd, int flags);
void call_close(struct account *, int *fd);
int call_fstat(struct account *, int fd, struct stat *ret);
/* Whether what has this mode can be sent: -EISDIR or -EINVAL when it is no regular file. */
int call_check_mode(unsigned mode);
/* fstat(2) with that check. */
int call_fstat_regular(struct account *, int fd, struct stat *ret);
int call_fstatfs(struct account *, int fd, struct statfs *ret);
/* flags: AT_STATX_DONT_SYNC for what is in memory, lest a file system ask others. */
int call_statx(struct account *, int fd, int flags, unsigned mask, struct statx *ret);
int call_getsockopt(struct account *, int fd, int level, int name, void *ret_value,
                    socklen_t *length);
int call_setsockopt(struct account *, int fd, int level, int name, const void *value,
                    socklen_t length);
int call_getsockname(struct account *, int fd, struct sockaddr *ret, socklen_t *length);
int call_getpeername(struct account *, int fd, struct sockaddr *ret, socklen_t *length);
ssize_t call_recvmsg(struct account *, int fd, struct msghdr *message, int flags);
int call_fadvise(struct account *, int fd, uint64_t offset, uint64_t length, int advice);
int call_poll(struct account *, struct pollfd *fds, nfds_t count, int timeout_ms);

/* io_uring_setup(2) with the mappings of the rings; undone by call_uring_exit(). */
int call_uring_init(struct account *, unsigned entries, struct io_uring *ret,
                    struct io_uring_params *);
void call_uring_exit(struct account *, struct io_uring *);
int call_uring_register_buffers(struct account *, struct io_uring *, const struct iovec *,
                                unsigned count);
int call_uring_register_probe(struct account *, struct io_uring *, struct io_uring_probe *,
                              unsigned count);

/* Hands over what is queued; no call where nothing is. Does not wait. */
int call_uring_submit(struct account *, struct io_uring *);

/* cachestat(2), Linux 6.5: how many pages of the range are in the page cache.
 * -ENOSYS on older kernels. */
int call_cachestat(struct account *, int fd, uint64_t offset, uint64_t length,
                   uint64_t *ret_pages_cached);
