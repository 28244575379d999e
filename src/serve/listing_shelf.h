/* The listings there are, which of them are kept, and where the others wait: the inside of
 * listing_store.c. All functions are called with the store's lock held. */
#pragma once

#include <pthread.h>
#include <sys/queue.h>

#include "base/text.h"
#include "serve/listing_store.h"

enum listing_progress {
        LISTING_QUEUED,
        LISTING_RUNNING, /* the pool's */
        LISTING_MADE,
};

struct listing {
        TAILQ_ENTRY(listing) known;
        TAILQ_ENTRY(listing) queue;
        struct listing_store *store;
        struct disk_task disk;
        struct listing_line *line;
        struct directory_reach reach;
        enum listing_progress progress;
        bool is_known; /* may be found */
        unsigned references; /* of waiters, of those who send it, of the pool */
        TAILQ_HEAD(listing_waiters, listing_waiter) waiters;
        struct listing_key key; /* its path is the one below */
        int fd; /* of the folder, until it has been read */
        uint64_t began_ns; /* when reading began; 0: never to be believed */
        int error;
        struct text text;
        char path[]; /* NUL-terminated */
};

TAILQ_HEAD(listings, listing);

/* Those of one place (disk_task.place): who never answers holds up no other's. */
struct listing_line {
        uint64_t place;
        struct listings queue;
        unsigned running;
        unsigned under_way; /* queued or running; 0: for any place to take */
};

#define LISTING_LINES 16

struct listing_store {
        pthread_mutex_t lock;
        struct disk_pool *pool;
        struct listing_limits limits;
        struct listings known; /* the oldest first */
        struct listing_line lines[LISTING_LINES]; /* the first is of place 0 */
        uint64_t bytes; /* of all texts */
};

/* No longer to be found; freed when nobody holds it. */
void listing_forget(struct listing *listing);

/* Gives up a reference. */
void listing_put_back(struct listing *listing);

/* Lets go of those that are kept and that nobody sends: what is too old, and from the
 * oldest on until bytes_max are left. */
void listing_shelf_tidy(struct listing_store *store, uint64_t bytes_max);

/* The one that may be given for the key; another of the same folder is forgotten. */
struct listing *listing_shelf_find(struct listing_store *store, const struct listing_key *key);

/* That of a place. Where there are more places than lines, some share one. */
struct listing_line *listing_line_find(struct listing_store *store, uint64_t place);

/* At the end of its queue. */
void listing_line_enter(struct listing *listing, struct listing_line *line);
