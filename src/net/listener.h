/* Sockets to accept on. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/address.h"

struct listener_options {
        bool share_port; /* SO_REUSEPORT: one listener a thread; TCP only */
        const char *congestion; /* TCP_CONGESTION; NULL: the system's */
        mode_t mode; /* of a unix socket's file; 0: what the umask leaves */
};

/* A non-blocking socket that listens on address, with TCP_NODELAY for those it
 * accepts. A unix socket's stale file, which nobody listens on, is replaced.
 * Errors: those of socket(2), bind(2), listen(2); -EADDRINUSE; -ENOENT for a
 * congestion control the kernel does not have. */
int listener_open(const struct address *address, const struct listener_options *options,
                  int *ret_fd) __attribute__((warn_unused_result));

/* Whether the kernel has this congestion control: 0, or -ENOENT; errors of socket(2). */
int listener_check_congestion(const char *name) __attribute__((warn_unused_result));

/* The address the socket got (a port of 0 is filled in). */
int listener_address(int fd, struct address *ret_address) __attribute__((warn_unused_result));

/* The kernel paces what the sockets accepted from now on send; 0: it does not. */
void listener_limit_rate(int fd, uint64_t bytes_per_second);

/* Whoever has a connection waits to be accepted; whoever wants one from now on gets no
 * answer until the socket is closed, and is refused then. So nobody is cut off who was
 * let in (a unix socket does not know this). */
void listener_close_doors(int fd);

/* Removes a unix socket's file; does nothing for the others. */
void listener_remove(const struct address *address);
