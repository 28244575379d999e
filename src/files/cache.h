/* Open files by path, least recently used out first. Of one worker: no locks.
 *
 * An entry is believed for a while, then it must be confirmed: the caller opens
 * the path again and compares (file_is_same()). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "files/file.h"

struct cache;

struct cache_limits {
        size_t entries; /* 0: no cache */
        size_t descriptors; /* of files whose body is not in memory */
        uint64_t body_bytes; /* in memory, all together */
        uint64_t valid_ns; /* how long an entry is believed */
};

enum cache_state {
        CACHE_MISS,
        CACHE_FRESH,
        CACHE_STALE, /* open again, then cache_confirm() or cache_put() or cache_drop() */
};

int cache_new(struct cache **ret_cache, const struct cache_limits *limits)
        __attribute__((warn_unused_result));
void cache_free(struct cache *cache);

/* *ret_file is borrowed until the next call of any function here; file_ref() it
 * to keep it. Not touched with CACHE_MISS. now: any monotonic clock, in ns. */
enum cache_state cache_find(struct cache *cache, struct span path, uint64_t now_ns,
                            struct file **ret_file);

/* Keeps the file, taking a reference of its own, instead of what was there for
 * path. When memory is short it is simply not kept. */
void cache_put(struct cache *cache, struct span path, struct file *file, uint64_t now_ns);

/* The entry has been found true again. */
void cache_confirm(struct cache *cache, struct span path, uint64_t now_ns);

void cache_drop(struct cache *cache, struct span path);

/* Closes count descriptors, as far as there are so many that nobody uses just now, least
 * recently used files first. False: none. */
bool cache_close_some(struct cache *cache, size_t count);
