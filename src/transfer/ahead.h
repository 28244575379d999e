/* What transfers have had warmed and not sent yet: of all of them together no more than
 * there is a limit for. Thousands of slow readers, each with a window of megabytes, would
 * otherwise push each other's out of the page cache before they are sent, and the disk
 * would read them again and again. */
#pragma once

#include <stdint.h>

/* The least that is warmed at once, whatever the limit: a disk's usual read-ahead. */
#define AHEAD_WINDOW_MIN ((uint64_t)128 << 10)

/* One transfer's. */
struct ahead {
        uint64_t end; /* offset behind what was warmed for it */
        uint64_t held; /* how much of it has not been sent; part of the process's sum */
};

/* Of all transfers from now on; UINT64_MAX, as it is at first: none. */
void ahead_set_limit(uint64_t bytes);
uint64_t ahead_limit(void);

/* The sum. */
uint64_t ahead_held(void);

/* All up to offset has been sent. */
void ahead_settle(struct ahead *ahead, uint64_t offset);

/* How much of window may be warmed now, halved until it fits, and of *behind behind it.
 * Each transfer that holds something has the same share of the limit, as far as
 * others have left it. */
uint64_t ahead_fit(const struct ahead *ahead, uint64_t window, uint64_t *behind);

/* So much is warmed from offset on. */
void ahead_hold(struct ahead *ahead, uint64_t offset, uint64_t length);

void ahead_done(struct ahead *ahead);
