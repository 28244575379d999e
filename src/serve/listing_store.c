#include "serve/listing_store.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "serve/listing_shelf.h"
#include "serve/site.h"

/* Folders asked for faster than they can be read: who comes then is told to come back. */
#define WAITING_MAX 64

/* Of what nobody sends just now, so much is kept, and one listing may be as large. */
#define SHARE 4

/* More than that goes back to the kernel at once, not when the thread asks again. */
#define LARGE ((size_t)1 << 20)

/* A folder's times are as coarse as a clock tick, or as 2 s on FAT: one changed just
 * now may change again and look the same. */
#define SETTLED_AFTER_NS (2 * NS_PER_S)

int listing_store_new(struct listing_store **ret_store, struct disk_pool *pool,
                      const struct listing_limits *limits)
{
        struct listing_store *store = calloc(1, sizeof(*store));
        if (!store)
                return -ENOMEM;
        store->pool = pool;
        store->limits = *limits;
        TAILQ_INIT(&store->known);
        for (size_t i = 0; i < LISTING_LINES; i++)
                TAILQ_INIT(&store->lines[i].queue);
        /* Cannot fail with default attributes (pthread_mutex_init(3)). */
        (void)pthread_mutex_init(&store->lock, NULL);
        *ret_store = store;
        return 0;
}

struct span listing_text(const struct listing *listing)
{
        return (struct span){listing->text.data, listing->text.length};
}

uint64_t listing_store_share(const struct listing_store *store)
{
        return store->limits.bytes / SHARE;
}

/* ---- Who waits; locked ---- */

static void deliver(struct loop_message *message)
{
        struct listing_waiter *waiter =
                (void *)((char *)message - offsetof(struct listing_waiter, message));
        waiter->done(waiter);
}

/* The waiter's reference goes with it; where there is nothing to refer to, it ends. */
static void tell(struct listing *listing, struct listing_waiter *waiter)
{
        waiter->waits = false;
        waiter->error = listing->error;
        waiter->listing = listing->error < 0 ? NULL : listing;
        waiter->message.deliver = deliver;
        loop_post(waiter->loop, &waiter->message);
        if (listing->error < 0)
                listing_put_back(listing);
}

static void make_known(struct listing *listing)
{
        listing->is_known = true;
        TAILQ_INSERT_TAIL(&listing->store->known, listing, known);
}

static void end_with(struct listing *listing, int error)
{
        struct listing_waiter *waiter;

        listing->line->under_way--;
        listing->progress = LISTING_MADE;
        listing->error = error;
        if (error < 0 || listing->began_ns == 0)
                listing_forget(listing);
        /* Whoever tells holds it, too: the last waiter may let go of it. */
        listing->references++;
        while ((waiter = TAILQ_FIRST(&listing->waiters)) != NULL) {
                TAILQ_REMOVE(&listing->waiters, waiter, waiting);
                tell(listing, waiter);
        }
        listing_put_back(listing);
}

static void start_next(struct listing_store *store, struct listing_line *line)
{
        struct listing *listing;

        while (line->running < store->limits.running &&
               (listing = TAILQ_FIRST(&line->queue)) != NULL) {
                TAILQ_REMOVE(&line->queue, listing, queue);
                int r = disk_pool_submit(store->pool, &listing->disk);
                if (r < 0) {
                        end_with(listing, r);
                        continue;
                }
                listing->progress = LISTING_RUNNING;
                listing->references++;
                line->running++;
        }
}

/* ---- On a thread of the pool ---- */

/* -EREMOTE: it has to begin again in the place of *ret_beyond. */
static int make(struct listing *listing, struct text *text, uint64_t *ret_beyond)
{
        const struct listing_key *key = &listing->key;
        const struct site *site = key->site;
        struct directory directory = {0};

        int r = directory_read(&directory, &site->root, listing->path, &listing->reach,
                               &listing->fd);
        *ret_beyond = directory.beyond;
        if (r < 0)
                return r;
        const struct listing_place place = {site_title(site), key->path};
        listing_write(text, &place, &directory, &key->wish,
                      (size_t)listing_store_share(listing->store));
        directory_done(&directory);
        /* A text grows by doubling. */
        char *data = text->failed ? NULL : realloc(text->data, text->length);
        if (data) {
                text->data = data;
                text->capacity = text->length;
        }
        return text->failed ? -ENOMEM : 0;
}

static bool is_settled(const struct directory_state *state, uint64_t now_ns)
{
        return directory_state_changed_ns(state) + SETTLED_AFTER_NS <= now_ns;
}

/* One at a time. Where another allocator stands before glibc's (a sanitizer's, one
 * preloaded), the first malloc_trim(3) sets glibc's up, and a second meanwhile finds
 * it half made and crashes; and two at once find nothing that one would not. */
static void give_memory_back(void)
{
        static pthread_mutex_t trimming = PTHREAD_MUTEX_INITIALIZER;

        (void)pthread_mutex_lock(&trimming);
        (void)malloc_trim(0);
        (void)pthread_mutex_unlock(&trimming);
}

/* Locked. Has it begun again where its symbolic links lead. Those of places before have been
 * seen to answer. */
static int move(struct listing *listing, uint64_t beyond)
{
        struct listing_store *store = listing->store;
        struct listing_line *from = listing->line, *to = listing_line_find(store, beyond);

        if (TAILQ_EMPTY(&listing->waiters))
                return -ECANCELED;
        directory_reach_add(&listing->reach, beyond);
        if (to->under_way >= WAITING_MAX)
                return -EAGAIN;
        int r = disk_pool_move(store->pool, &listing->disk, beyond);
        if (r < 0)
                return r;
        from->running--;
        from->under_way--;
        to->running++;
        to->under_way++;
        listing->line = to;
        start_next(store, from);
        return 0;
}

static void run(struct disk_task *disk)
{
        struct listing *listing = (void *)((char *)disk - offsetof(struct listing, disk));
        struct listing_store *store = listing->store;
        struct text text = {0};
        uint64_t began_ns =
                is_settled(&listing->key.state, clock_realtime_ns()) ? clock_monotonic_ns() : 0;

        uint64_t beyond;
        int r = make(listing, &text, &beyond);
        bool large = text.length > LARGE;

        (void)pthread_mutex_lock(&store->lock);
        if (r == -EREMOTE && listing->fd >= 0) {
                r = move(listing, beyond);
                if (r == 0) {
                        (void)pthread_mutex_unlock(&store->lock);
                        return;
                }
        }
        if (r == 0 && store->bytes + text.length > store->limits.bytes)
                listing_shelf_tidy(store, 0);
        if (r == 0 && store->bytes + text.length > store->limits.bytes)
                r = -EAGAIN;
        if (r == 0) {
                store->bytes += text.length;
                listing->text = text;
                text = (struct text){0};
        }
        listing->began_ns = began_ns;
        struct listing_line *line = listing->line;
        line->running--;
        end_with(listing, r);
        start_next(store, line);
        (void)pthread_mutex_unlock(&store->lock);
        text_done(&text);
        if (large)
                give_memory_back();
}

static void done(struct disk_task *disk)
{
        listing_unref((void *)((char *)disk - offsetof(struct listing, disk)));
}

/* ---- For everybody ---- */

static uint64_t place_of(const struct listing_key *key)
{
        return key->remote ? key->state.device : 0;
}

static struct listing *listing_new(struct listing_store *store, const struct listing_key *key,
                                   int *fd)
{
        struct listing *listing = calloc(1, sizeof(*listing) + key->path.length + 1);
        if (!listing)
                return NULL;
        listing->store = store;
        listing->disk.kind = DISK_TASK_BULK;
        listing->disk.place = place_of(key);
        listing->reach.anywhere = key->remote;
        listing->disk.run = run;
        listing->disk.done = done;
        listing->key = *key;
        listing->key.path.data = listing->path;
        if (key->path.length > 0)
                memcpy(listing->path, key->path.data, key->path.length);
        listing->fd = fd_take(fd);
        TAILQ_INIT(&listing->waiters);
        return listing;
}

struct listing *listing_store_find(struct listing_store *store, const struct listing_key *key)
{
        (void)pthread_mutex_lock(&store->lock);
        struct listing *listing = listing_shelf_find(store, key);
        if (listing && listing->progress == LISTING_MADE)
                listing->references++;
        else
                listing = NULL;
        (void)pthread_mutex_unlock(&store->lock);
        return listing;
}

/* Locked. */
static int find_or_queue(struct listing_store *store, const struct listing_key *key, int *fd,
                         struct loop *loop, struct listing **ret_listing)
{
        struct listing_line *line = listing_line_find(store, place_of(key));
        struct listing *listing = listing_shelf_find(store, key);

        if (!listing) {
                listing_shelf_tidy(store, listing_store_share(store));
                if (line->under_way >= WAITING_MAX || store->bytes >= store->limits.bytes)
                        return -EAGAIN;
                listing = listing_new(store, key, fd);
                if (!listing)
                        return -ENOMEM;
                listing->disk.loop = loop;
                make_known(listing);
                listing_line_enter(listing, line);
        }
        *ret_listing = listing;
        return 0;
}

int listing_store_make(struct listing_store *store, const struct listing_key *key, int *fd,
                       struct listing_waiter *waiter)
{
        cleanup_fd int owned = fd_take(fd);
        struct listing *listing;

        (void)pthread_mutex_lock(&store->lock);
        int r = find_or_queue(store, key, &owned, waiter->loop, &listing);
        if (r == 0) {
                listing->references++;
                if (listing->progress == LISTING_MADE) {
                        tell(listing, waiter);
                } else {
                        waiter->listing = listing;
                        waiter->waits = true;
                        TAILQ_INSERT_TAIL(&listing->waiters, waiter, waiting);
                }
                start_next(store, listing->line);
        }
        (void)pthread_mutex_unlock(&store->lock);
        return r;
}

/* Nobody wants it any more: unless it is being read already, it need not be. Locked. */
static void give_up(struct listing *listing)
{
        struct listing_store *store = listing->store;
        struct listing_line *line = listing->line;

        if (listing->progress == LISTING_QUEUED) {
                TAILQ_REMOVE(&line->queue, listing, queue);
        } else if (disk_pool_cancel(store->pool, &listing->disk)) {
                line->running--;
                listing->references--; /* the pool's */
        } else {
                return;
        }
        line->under_way--;
        listing->references++;
        listing_forget(listing);
        listing_put_back(listing);
        start_next(store, line);
}

bool listing_store_leave(struct listing_store *store, struct listing_waiter *waiter)
{
        (void)pthread_mutex_lock(&store->lock);
        bool waits = waiter->waits;
        if (waits) {
                struct listing *listing = waiter->listing;
                TAILQ_REMOVE(&listing->waiters, waiter, waiting);
                waiter->listing = NULL;
                waiter->waits = false;
                listing->references--;
                if (TAILQ_EMPTY(&listing->waiters))
                        give_up(listing);
        }
        (void)pthread_mutex_unlock(&store->lock);
        return waits;
}

struct listing *listing_ref(struct listing *listing)
{
        struct listing_store *store = listing->store;
        (void)pthread_mutex_lock(&store->lock);
        listing->references++;
        (void)pthread_mutex_unlock(&store->lock);
        return listing;
}

void listing_unref(struct listing *listing)
{
        if (!listing)
                return;
        struct listing_store *store = listing->store;
        (void)pthread_mutex_lock(&store->lock);
        listing_put_back(listing);
        (void)pthread_mutex_unlock(&store->lock);
}

void listing_store_free(struct listing_store *store)
{
        struct listing *listing;

        if (!store)
                return;
        /* Those that the pool has dropped are still known. */
        while ((listing = TAILQ_FIRST(&store->known)) != NULL) {
                listing->references = 0;
                listing_forget(listing);
        }
        (void)pthread_mutex_destroy(&store->lock);
        free(store);
}
