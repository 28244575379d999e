/* The receiving end: takes bytes off connections, counts and times them, and
 * hashes them where asked to. Its own process, here or on another machine.
 *
 * The rounds that are timed are not hashed: a hash takes CPU that the same
 * bytes would not have taken from a real client, and on one core takes it from
 * the sender. Each case is hashed in a round of its own before; the length
 * counts in every round. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* One lab's jobs: accepts its control connection on listen_fd and serves it
 * until it ends. Returns 0 then. Errors: those of accept(2), -EPROTO when
 * something else connected, -ETIMEDOUT. listen_fd is blocking, and borrowed.
 * idle_ms: how long a lab that is connected may ask for nothing; 0: for ever. */
int receiver_serve(int listen_fd, uint64_t idle_ms) __attribute__((warn_unused_result));

/* Takes up to length bytes off a TCP socket and copies them nowhere: as recv(2)
 * with MSG_TRUNC, errno included. */
ssize_t receiver_discard(int fd, size_t length) __attribute__((warn_unused_result));
