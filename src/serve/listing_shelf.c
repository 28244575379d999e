#include "serve/listing_shelf.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fd.h"

/* So many small ones may be kept: they are looked through one by one. */
#define KEPT_MAX 128

static void listing_free(struct listing *listing)
{
        listing->store->bytes -= listing->text.length;
        text_done(&listing->text);
        fd_close(&listing->fd);
        free(listing);
}

void listing_forget(struct listing *listing)
{
        if (!listing->is_known)
                return;
        listing->is_known = false;
        TAILQ_REMOVE(&listing->store->known, listing, known);
        if (listing->references == 0)
                listing_free(listing);
}

static bool is_believed(const struct listing *listing, uint64_t now_ns)
{
        return listing->progress != LISTING_MADE ||
               (listing->began_ns != 0 &&
                now_ns - listing->began_ns < listing->store->limits.valid_ns);
}

void listing_shelf_tidy(struct listing_store *store, uint64_t bytes_max)
{
        uint64_t now_ns = clock_monotonic_ns(), kept = 0;
        size_t count = 0;
        struct listing *listing, *next;

        TAILQ_FOREACH (listing, &store->known, known) {
                kept += listing->references == 0 ? listing->text.length : 0;
                count++;
        }
        for (listing = TAILQ_FIRST(&store->known); listing; listing = next) {
                next = TAILQ_NEXT(listing, known);
                if (listing->references > 0 ||
                    (kept <= bytes_max && count <= KEPT_MAX && is_believed(listing, now_ns)))
                        continue;
                kept -= listing->text.length;
                count--;
                listing_forget(listing);
        }
}

void listing_put_back(struct listing *listing)
{
        if (--listing->references > 0)
                return;
        if (listing->is_known)
                listing_shelf_tidy(listing->store, listing_store_share(listing->store));
        else
                listing_free(listing);
}

static bool same_key(const struct listing_key *a, const struct listing_key *b)
{
        return a->site == b->site && a->wish.order == b->wish.order &&
               a->wish.descending == b->wish.descending && a->wish.json == b->wish.json &&
               span_equal(a->path, b->path);
}

struct listing *listing_shelf_find(struct listing_store *store, const struct listing_key *key)
{
        struct listing *listing;

        TAILQ_FOREACH (listing, &store->known, known)
                if (same_key(&listing->key, key))
                        break;
        if (!listing)
                return NULL;
        if (directory_state_is_same(&listing->key.state, &key->state) &&
            is_believed(listing, clock_monotonic_ns()))
                return listing;
        listing_forget(listing);
        return NULL;
}

struct listing_line *listing_line_find(struct listing_store *store, uint64_t place)
{
        struct listing_line *found = &store->lines[LISTING_LINES - 1];

        if (place == 0)
                return &store->lines[0];
        for (size_t i = 1; i < LISTING_LINES; i++) {
                struct listing_line *line = &store->lines[i];
                if (line->place == place && line->under_way > 0)
                        return line;
                if (line->under_way == 0 && found->under_way > 0)
                        found = line;
        }
        if (found->under_way == 0)
                found->place = place;
        return found;
}

void listing_line_enter(struct listing *listing, struct listing_line *line)
{
        listing->line = line;
        listing->progress = LISTING_QUEUED;
        TAILQ_INSERT_TAIL(&line->queue, listing, queue);
        line->under_way++;
}
