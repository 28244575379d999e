/* The way from the senders to a receiver: made, and unmade, by the lab. All of
 * it belongs to processes and descriptors, so nothing stays behind however the
 * lab ends: the unix socket's name is abstract, the network namespaces of the
 * veth pair have no names. */
#pragma once

#include <sys/types.h>

#include "lab/protocol.h"
#include "lab/setting.h"
#include "net/address.h"

struct link {
        enum lab_path path;
        struct address address; /* of the receiver */
        int control_fd;
        pid_t receiver; /* 0: on another machine */
        int namespace_fd; /* of the senders' network; -1: this one */
};

/* Starts a receiver bound to core (-1: not), or connects to the one at to
 * ("HOST:PORT", for LAB_REMOTE). *ret_why_not, static or NULL, says in words
 * why the path cannot be had here. Errors: -EPERM: for root only; -ENOENT: no
 * ip(8); -EHOSTUNREACH: to cannot be resolved; those of sockets and fork(2). */
int link_open(struct link *ret, enum lab_path path, const char *to, int core,
              const char **ret_why_not) __attribute__((warn_unused_result));

/* Whether it is "HOST:PORT" or "[IPv6]:PORT", the port from 1 to 65535. -EINVAL. */
int link_check_to(const char *to) __attribute__((warn_unused_result));

/* Ends the receiver and waits for it. */
void link_close(struct link *link);

int link_send_job(const struct link *link, const struct protocol_job *job)
        __attribute__((warn_unused_result));
int link_read_result(const struct link *link, struct protocol_result *ret)
        __attribute__((warn_unused_result));

/* The congestion control that does not pace and is the same everywhere: the
 * first of cubic and reno that a TCP socket takes; "" when none. */
const char *link_congestion(void);
