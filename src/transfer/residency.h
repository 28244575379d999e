/* Is the next window of a file in the page cache?
 *
 * cachestat(2) counts the pages of a range, but also those that are still being
 * read; preadv2(2) with RWF_NOWAIT reads a byte or says that it would wait. Both
 * are asked at a transfer's beginning, and for as long as pages may be on their
 * way: when the transfer missed some, or this process warmed a file lately.
 * Otherwise cachestat alone; and where RWF_NOWAIT says nothing, what may be on
 * its way is missing until it has been warmed. Some file systems answer one with
 * an error, or cachestat with 0 whatever is cached; what a mount turned out to
 * do is kept for the process. */
#pragma once

#include "transfer/account.h"
#include "transfer/ahead.h"
#include "transfer/source.h"

/* A window to be warmed starts small, so that the first byte leaves soon, and
 * doubles from miss to miss: a lone cold download then runs at the disk's
 * speed. The largest is also what is asked about at once. Where many transfers do so
 * at a time they are smaller (transfer/ahead.h). */
#define RESIDENCY_WINDOW_MIN ((uint64_t)512 << 10)
#define RESIDENCY_WINDOW_MAX ((uint64_t)8 << 20)

enum residency_way {
        RESIDENCY_UNDECIDED, /* nothing contradicts cachestat yet */
        RESIDENCY_CACHESTAT, /* both, and they agree */
        RESIDENCY_NOWAIT, /* RWF_NOWAIT alone: a window's first and last byte */
        RESIDENCY_UNKNOWN, /* neither: a read may wait at any time */
};

struct residency {
        uint64_t device; /* st_dev: what a mount is known by */
        enum residency_way way;
        struct sluice_source *source; /* or NULL */
        uint64_t known_until; /* offset up to which all was resident when last asked, */
        uint64_t known_ns; /* which was then: believed for SOURCE_BELIEVED_NS */
        uint64_t window; /* size of the window last asked for; 0: none was missing so far */
        uint64_t missing_at; /* its offset */
        unsigned missed; /* how often in a row */
        uint64_t behind; /* so much behind it is wanted next */
        struct ahead ahead;
};

/* source: remembers what was asked about this file; or NULL. */
void residency_init(struct residency *residency, uint64_t device, struct sluice_source *source);

void residency_done(struct residency *residency);

/* Pages are on their way into the cache from now on, of whatever file. */
void residency_note_warming(void);

/* How many bytes from offset on, of those that remain, can be sent without
 * waiting for a disk. 0: none; residency_window() is to be warmed. What does not
 * stay in the cache however often it is warmed counts as unknown in the end, and
 * all of what is unknown as resident: to wait is then better than never to
 * finish. */
uint64_t residency_check(struct residency *residency, struct account *account, int file_fd,
                         uint64_t offset, uint64_t remaining);

/* The window that is missing at offset, and how much behind it will be wanted
 * next. */
uint64_t residency_window(const struct residency *residency, uint64_t remaining);
uint64_t residency_ahead(const struct residency *residency, uint64_t remaining);

/* What the mount of this file turned out to do; asks about the file's first
 * byte where nobody knows yet. Never RESIDENCY_UNDECIDED. */
enum residency_way residency_probe(struct account *account, int file_fd, uint64_t device,
                                   uint64_t file_size);
