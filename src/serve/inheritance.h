/* What the program finds open when it is executed: the sockets, serving processes
 * and tickets' keys of the keeper that it was a moment ago, or a service manager's
 * sockets (sd_listen_fds(3)). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "net/address.h"

#define INHERITANCE_FDS_MAX 4096
#define CHILDREN_MAX 16

/* A serving process. */
struct child {
        pid_t pid;
        int control; /* -1: nothing more is to be said */
};

struct inheritance {
        bool executed; /* by a keeper: this is a reload or an upgrade */
        bool managed; /* the sockets are a service manager's, or once were */
        size_t worker_count; /* that the sockets are for; 0: any */
        size_t fd_count;
        int *fds; /* -1: taken */
        int ticket_keys; /* as ticket_keys_keep() takes them; -1: none, or taken */
        size_t child_count;
        struct child children[CHILDREN_MAX]; /* the oldest first */
};

/* Takes it out of the environment; everything closes on exec from then on.
 * Errors: -ENOMEM, -EINVAL (not what we write). */
int inheritance_read(struct inheritance *ret_inheritance) __attribute__((warn_unused_result));

/* Puts it into the environment, and lets its descriptors pass exec(3). */
int inheritance_write(const struct inheritance *inheritance) __attribute__((warn_unused_result));

/* Undoes inheritance_write(), when there was no exec after all. */
void inheritance_keep(const struct inheritance *inheritance);

/* An inherited socket on address (any_port: whatever its port), which then is the
 * caller's, and *address is the socket's; -1: none. */
int inheritance_take(struct inheritance *inheritance, struct address *address, bool any_port)
        __attribute__((warn_unused_result));

/* Closes the sockets nobody took. */
void inheritance_close_rest(struct inheritance *inheritance);

/* The same, and frees. */
void inheritance_done(struct inheritance *inheritance);
