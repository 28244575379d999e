/* Telling those for whom there is no room. Of one worker: no locks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REFUSALS_MAX 256

struct refusals {
        bool silent; /* nothing can be told in the clear: the peer expects TLS */
        int reserve_fd; /* given up to have one for a refusal; -1: none */
        size_t first, count; /* of those told, which may not have read it yet: a ring */
        struct refusal {
                int fd;
                uint64_t until_ns;
        } told[REFUSALS_MAX];
};

/* with_reserve: keeps a descriptor for refuse_waiting(). */
void refusals_init(struct refusals *refusals, bool with_reserve, bool silent);
void refusals_done(struct refusals *refusals);

/* Answers 503. The descriptor is kept for a while, that the peer may read it: what
 * it sends meanwhile must not meet a closed socket, whose reset would take the
 * answer away. Takes the descriptor. */
void refuse(struct refusals *refusals, int *fd, uint64_t now_ns);

/* The answer alone, as far as the socket takes it; not for TLS. */
void refusal_tell(int fd);

/* Closes those who have had their time; whether others are left. */
bool refusals_expire(struct refusals *refusals, uint64_t now_ns);

/* Closes the one that was told first; false: there is none. */
bool refusals_drop_oldest(struct refusals *refusals);

/* When there are no descriptors left: answers 503 to some of those who wait, and
 * closes at once. */
void refuse_waiting(struct refusals *refusals, int listening_fd);
