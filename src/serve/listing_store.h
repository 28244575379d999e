/* Listings of folders: one is made once for all who ask for it at the same time, is
 * kept for a moment, and all of them together have a bound. Of all workers: locked. */
#pragma once

#include <sys/queue.h>

#include "net/disk_pool.h"
#include "serve/listing.h"

struct listing;
struct listing_store;
struct site;

/* All that makes one listing differ from another. The path is borrowed for the call. */
struct listing_key {
        const struct site *site;
        struct span path; /* beneath the root, decoded; "" is the root */
        struct directory_state state;
        bool remote; /* its file system asks another process or machine; follows from state */
        struct listing_wish wish;
};

/* Part of its owner's structure; the store's from listing_store_make() until done(). */
struct listing_waiter {
        struct loop *loop;
        void (*done)(struct listing_waiter *waiter); /* on the loop's thread */
        struct listing *listing; /* when done: a reference, or NULL */
        int error; /* when done: -errno, if there is no listing */
        bool waits;
        struct loop_message message;
        TAILQ_ENTRY(listing_waiter) waiting;
};

struct listing_limits {
        uint64_t bytes; /* of all listings there are; one is a quarter at most, the rest left out */
        uint64_t valid_ns; /* how long one is believed while its folder looks the same */
        unsigned running; /* made at the same time, of one file system */
};

int listing_store_new(struct listing_store **ret_store, struct disk_pool *pool,
                      const struct listing_limits *limits) __attribute__((warn_unused_result));
/* When nobody holds a listing any more and the pool is gone. */
void listing_store_free(struct listing_store *store);

/* One that is there already: a reference; else NULL. */
struct listing *listing_store_find(struct listing_store *store, const struct listing_key *key);

/* Has it made, from the folder open as *fd (which becomes -1, also on failure), or
 * waits for who has it made already. -EAGAIN: too many are under way, or too much of
 * them is being sent (done() may say so, too); -ENOMEM. */
int listing_store_make(struct listing_store *store, const struct listing_key *key, int *fd,
                       struct listing_waiter *waiter) __attribute__((warn_unused_result));

/* True: done() will not be called. False: it will. */
bool listing_store_leave(struct listing_store *store, struct listing_waiter *waiter);

/* Lives as long as the reference. */
struct span listing_text(const struct listing *listing);
struct listing *listing_ref(struct listing *listing);
void listing_unref(struct listing *listing);

/* What one connection may hold; a first one it always may. */
uint64_t listing_store_share(const struct listing_store *store);
