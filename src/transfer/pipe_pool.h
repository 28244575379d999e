/* Pipes kept for the next transfer that splices: making one costs three system
 * calls and up to 256 pages. One pool for the process; safe from any thread
 * and across fork(2): a child starts with none. */
#pragma once

#include <stddef.h>

#include "transfer/account.h"

struct pipe {
        int read_fd;
        int write_fd;
        size_t capacity; /* bytes */
};

/* A pipe that is empty. Errors: those of pipe2(2) and fcntl(2). */
int pipe_pool_take(struct account *account, struct pipe *ret) __attribute__((warn_unused_result));

/* Gives it back. held: the bytes still in it; unless that is 0 the pipe is
 * destroyed: they would end up in somebody else's response. */
void pipe_pool_give(struct account *account, struct pipe *pipe, size_t held);

/* Destroys all that are kept. */
void pipe_pool_clear(void);
