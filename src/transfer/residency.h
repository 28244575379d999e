/* Is the next window of a file in the page cache? */
#pragma once

#include "transfer/account.h"

/* So much is asked about, and warmed, at once. Bigger than a step, so that a
 * file in the cache costs one question for several steps. */
#define RESIDENCY_WINDOW ((uint64_t)8 << 20)

struct residency {
        uint64_t known_until; /* offset up to which all was resident when last asked */
        uint64_t missing_at; /* the window last found missing */
        unsigned missed; /* how often in a row */
};

/* Whether bytes can be sent from offset on without waiting for a disk. A window
 * that does not stay in the cache, however often it is warmed, is called
 * resident in the end: to block is then better than never to finish. */
bool residency_check(struct residency *residency, struct account *account, int file_fd,
                     uint64_t offset, uint64_t remaining);

/* The length of the window that residency_check() asks about. */
uint64_t residency_window(uint64_t remaining);
