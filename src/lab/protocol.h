/* What the lab and its receiver say to each other.
 *
 * Every connection begins with a hello that says what it is for. On the control
 * connection the lab then sends jobs; when the job's data connections have been
 * made, the receiver asks on each of them for one transfer after the other,
 * takes the bytes, and answers the job on the control connection. Numbers are
 * little-endian, as both ends have them in memory; the hello refuses a peer
 * that differs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"

#define PROTOCOL_CONNECTIONS_MAX 1024
#define PROTOCOL_TIMEOUT_MS 30000 /* without a byte: the peer is gone */

enum protocol_role { PROTOCOL_CONTROL = 1, PROTOCOL_DATA = 2 };

struct protocol_job {
        uint32_t connections;
        uint32_t transfers; /* on each connection, one after the other */
        uint64_t size_bytes; /* of a transfer */
        uint32_t discard; /* MSG_TRUNC; not together with hash */
        uint32_t hash; /* take the digest of all bytes */
        uint32_t tls; /* the receiver is the client of it; not together with discard */
        uint32_t reserved; /* 0 */
};

struct protocol_result {
        int32_t error; /* 0 or -errno: the job failed */
        uint32_t first_bytes; /* transfers that began */
        uint64_t wall_ns; /* from the first request to the last byte */
        uint64_t first_byte_ns; /* sum over all transfers */
        uint64_t received_bytes;
        uint64_t digest; /* sum over the connections */
};

/* Asks for one transfer. */
struct protocol_request {
        uint64_t size_bytes;
};

/* Whole messages on a blocking socket; a time-out is -ETIMEDOUT, an end of the
 * stream -ECONNRESET. */
int protocol_write(int fd, const void *message, size_t length) __attribute__((warn_unused_result));
int protocol_read(int fd, void *message, size_t length) __attribute__((warn_unused_result));

/* Connects a socket, limits how long it may stay silent, and says hello. */
int protocol_connect(int fd, const struct address *address, enum protocol_role role)
        __attribute__((warn_unused_result));

/* -EPROTO: something else spoke. */
int protocol_read_hello(int fd, enum protocol_role *ret_role) __attribute__((warn_unused_result));

/* Bounds each read and write. */
int protocol_set_timeout(int fd, uint64_t limit_ms) __attribute__((warn_unused_result));

/* Whether a job from the network is one that can be done. */
bool protocol_job_is_sane(const struct protocol_job *job);
