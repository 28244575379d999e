/* Ownership of file descriptors, visible where it changes hands. */
#pragma once

#include <errno.h>
#include <unistd.h>

/* Closes *fd unless it is negative, and leaves -1. errno is kept, so that it
 * can stand in a failure path. */
static inline void fd_close(int *fd)
{
        if (*fd < 0)
                return;
        int kept = errno;
        /* close(2): on Linux the descriptor is gone even when EINTR is
         * returned; trying again could close somebody else's. */
        (void)close(*fd);
        errno = kept;
        *fd = -1;
}

/* Hands the descriptor over: the caller's variable no longer owns it. */
static inline int fd_take(int *fd)
{
        int taken = *fd;
        *fd = -1;
        return taken;
}

/* For a descriptor that lives in one scope. */
#define cleanup_fd __attribute__((cleanup(fd_close)))
