#include "files/cache.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"

/* uthash's own way to survive without memory: the entry is not added. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Each step along a bucket's chain is an entry that is not in the core's own cache
 * when files are many; uthash's own limit of ten made it three or four. */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 3U

/* The order of use is as fine as this: to move an entry touches its neighbours in
 * two lists, which are not in the core's own cache when files are many. */
#define MOVE_AFTER_NS NS_PER_S

#define CACHE_LINE ((size_t)64)

/* What a lookup reads lies together, at the entry's end. */
struct cache_entry {
        TAILQ_ENTRY(cache_entry) by_use;
        TAILQ_ENTRY(cache_entry) kind_by_use; /* among those with a body, or without */
        size_t path_length;
        uint64_t moved_ns; /* when it last went to the front */
        uint64_t confirmed_ns;
        struct file *file;
        UT_hash_handle hh; /* begins a cache line */
        char path[];
};

struct cache {
        struct cache_limits limits;
        struct cache_entry *by_path;
        TAILQ_HEAD(cache_uses, cache_entry) by_use; /* the last used one first */
        struct cache_uses bodies; /* the same, of files in memory */
        struct cache_uses descriptors; /* of those that are open */
        size_t count;
        size_t descriptor_count;
        uint64_t body_bytes;
};

static uint64_t body_size(const struct file *file)
{
        return file->body ? file->size : 0;
}

int cache_new(struct cache **ret_cache, const struct cache_limits *limits)
{
        struct cache *cache = calloc(1, sizeof(*cache));
        if (!cache)
                return -ENOMEM;
        cache->limits = *limits;
        TAILQ_INIT(&cache->by_use);
        TAILQ_INIT(&cache->bodies);
        TAILQ_INIT(&cache->descriptors);
        *ret_cache = cache;
        return 0;
}

static struct cache_uses *kind_of(struct cache *cache, const struct file *file)
{
        return file->body ? &cache->bodies : &cache->descriptors;
}

static void remove_entry(struct cache *cache, struct cache_entry *entry)
{
        HASH_DEL(cache->by_path, entry);
        TAILQ_REMOVE(&cache->by_use, entry, by_use);
        cache->count--;
        TAILQ_REMOVE(kind_of(cache, entry->file), entry, kind_by_use);
        cache->descriptor_count -= !entry->file->body;
        cache->body_bytes -= body_size(entry->file);
        file_unref(entry->file);
        free(entry);
}

static bool drop_oldest(struct cache *cache, struct cache_uses *uses)
{
        struct cache_entry *oldest = TAILQ_LAST(uses, cache_uses);
        if (!oldest)
                return false;
        /* The analyser cannot follow a TAILQ's end: it takes the entry for one that
         * was removed before. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        remove_entry(cache, oldest);
        return true;
}

bool cache_close_some(struct cache *cache, size_t count)
{
        struct cache_entry *entry = TAILQ_LAST(&cache->descriptors, cache_uses);
        size_t closed = 0;

        while (entry && closed < count) {
                struct cache_entry *newer = TAILQ_PREV(entry, cache_uses, kind_by_use);
                if (entry->file->references == 1) {
                        remove_entry(cache, entry);
                        closed++;
                }
                entry = newer;
        }
        return closed > 0;
}

void cache_free(struct cache *cache)
{
        if (!cache)
                return;
        while (drop_oldest(cache, &cache->by_use))
                continue;
        free(cache);
}

static struct cache_entry *lookup(struct cache *cache, struct span path)
{
        struct cache_entry *entry;
        HASH_FIND(hh, cache->by_path, path.data, path.length, entry);
        return entry;
}

static void move_to_front(struct cache *cache, struct cache_entry *entry, uint64_t now_ns)
{
        entry->moved_ns = now_ns;
        TAILQ_REMOVE(&cache->by_use, entry, by_use);
        TAILQ_INSERT_HEAD(&cache->by_use, entry, by_use);
        struct cache_uses *kind = kind_of(cache, entry->file);
        TAILQ_REMOVE(kind, entry, kind_by_use);
        TAILQ_INSERT_HEAD(kind, entry, kind_by_use);
}

enum cache_state cache_find(struct cache *cache, struct span path, uint64_t now_ns,
                            struct file **ret_file)
{
        struct cache_entry *entry = lookup(cache, path);
        if (!entry)
                return CACHE_MISS;
        if (now_ns - entry->moved_ns >= MOVE_AFTER_NS)
                move_to_front(cache, entry, now_ns);
        *ret_file = entry->file;
        return now_ns - entry->confirmed_ns < cache->limits.valid_ns ? CACHE_FRESH : CACHE_STALE;
}

static struct cache_entry *entry_new(struct span path, struct file *file, uint64_t now_ns)
{
        struct cache_entry *entry;
        _Static_assert(offsetof(struct cache_entry, hh) == CACHE_LINE, "lookups read two lines");
        size_t size = sizeof(*entry) + path.length;
        /* C17 7.22.3.1: a multiple of the alignment. */
        entry = aligned_alloc(CACHE_LINE, (size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
        if (!entry)
                return NULL;
        entry->file = file;
        entry->confirmed_ns = entry->moved_ns = now_ns;
        entry->path_length = path.length;
        if (path.length > 0)
                memcpy(entry->path, path.data, path.length);
        return entry;
}

void cache_put(struct cache *cache, struct span path, struct file *file, uint64_t now_ns)
{
        cache_drop(cache, path);
        if (cache->limits.entries == 0 || body_size(file) > cache->limits.body_bytes)
                return;

        struct cache_entry *entry = entry_new(path, file, now_ns);
        if (!entry)
                return;
        HASH_ADD(hh, cache->by_path, path, entry->path_length, entry);
        if (!entry->hh.tbl) {
                free(entry);
                return;
        }
        (void)file_ref(file);
        TAILQ_INSERT_HEAD(&cache->by_use, entry, by_use);
        cache->count++;
        TAILQ_INSERT_HEAD(kind_of(cache, file), entry, kind_by_use);
        cache->descriptor_count += !file->body;
        cache->body_bytes += body_size(file);
        while (cache->count > cache->limits.entries)
                (void)drop_oldest(cache, &cache->by_use);
        while (cache->descriptor_count > cache->limits.descriptors)
                (void)drop_oldest(cache, &cache->descriptors);
        while (cache->body_bytes > cache->limits.body_bytes)
                (void)drop_oldest(cache, &cache->bodies);
}

void cache_confirm(struct cache *cache, struct span path, uint64_t now_ns)
{
        struct cache_entry *entry = lookup(cache, path);
        if (entry)
                entry->confirmed_ns = now_ns;
}

void cache_drop(struct cache *cache, struct span path)
{
        struct cache_entry *entry = lookup(cache, path);
        if (entry)
                remove_entry(cache, entry);
}
