/* The other end of a wire, in a thread of its own: reads, hashes, goes away. */
#pragma once

#include <pthread.h>
#include <stdint.h>

enum receiver_kind {
        RECEIVER_FAST,
        RECEIVER_SLOW,
        RECEIVER_RESETS, /* reads a little, then closes with bytes unread */
        RECEIVER_DISCARDS, /* drops them in the kernel (tcp(7), MSG_TRUNC); sockets only */
        RECEIVER_KINDS,
};

struct receiver {
        int fd;
        enum receiver_kind kind;
        pthread_t thread;
        /* Of the first hash_until bytes only; 0: of all. */
        uint64_t hash_until;
        uint64_t received; /* bytes */
        uint64_t hash;
};

const char *receiver_name(enum receiver_kind kind);

/* Starts the thread, which takes over *fd and reads it to its end. The struct
 * stays where it is until receiver_join(). Set hash_until before. */
void receiver_start(struct receiver *receiver, enum receiver_kind kind, int fd);

/* Waits for the end; received and hash are then valid. */
void receiver_join(struct receiver *receiver);
