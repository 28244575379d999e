/* Which sends with MSG_ZEROCOPY the kernel has finished with.
 *
 * It numbers the sends of a socket, from 0 on and across transfers, in a u32
 * that wraps, and tells what is finished as inclusive ranges in the socket's
 * error queue, possibly out of order, possibly merged
 * (Documentation/networking/msg_zerocopy.rst). Which number our first send got
 * is not told: it is known when all that were sent until then have come back. */
#pragma once

#include "transfer/account.h"

#define COMPLETIONS_MAX 64 /* sends in flight; a power of two */
#define COMPLETIONS_BUFFERS 4

struct completions {
        uint32_t sent; /* our own numbers: the next one */
        uint32_t oldest; /* the first of them not finished */
        bool base_known;
        uint32_t base; /* the kernel's number of our 0 */

        struct {
                uint32_t bytes;
                uint8_t buffer;
                bool finished;
        } sends[COMPLETIONS_MAX]; /* by our number, modulo the size */
        unsigned pinned[COMPLETIONS_BUFFERS]; /* sends in flight out of each buffer */

        /* What came before base was known. */
        struct completion {
                uint32_t low, high; /* inclusive */
                bool copied; /* by the kernel, after all */
        } early[COMPLETIONS_MAX];
        unsigned early_count;
        uint32_t early_sends; /* in those ranges together */
};

/* Books a send that the socket took. Only while there is completions_room(). */
void completions_sent(struct completions *completions, unsigned buffer, uint32_t bytes);

/* Reads the socket's error queue until it is empty. Books what the kernel copied.
 * Errors: those of recvmsg(2); -EPROTO when the queue holds another transfer's. */
int completions_drain(struct completions *completions, struct account *account, int fd)
        __attribute__((warn_unused_result));

/* Takes one range; what completions_drain() does with each. Pure. */
int completions_take(struct completions *completions, struct account *account,
                     struct completion completion) __attribute__((warn_unused_result));

/* How many more sends may be made before something is finished. */
unsigned completions_room(const struct completions *completions);

/* The kernel may still send from this buffer. */
bool completions_pinned(const struct completions *completions, unsigned buffer);

/* Nothing is in flight. */
bool completions_settled(const struct completions *completions);
