#include "unit.h"

#include "base/clock.h"
#include "files/cache.h"

static struct file *new_file(size_t body_size)
{
        struct file *file = calloc(1, sizeof(*file));
        assert_non_null(file);
        file->references = 1;
        file->fd = -1;
        file->size = body_size;
        char *block = malloc(body_size + 1);
        assert_non_null(block);
        if (body_size)
                file->body = block;
        else
                free(block);
        return file;
}

static struct cache *new_cache(size_t entries, uint64_t bytes)
{
        const struct cache_limits limits = {entries, 3, bytes, 1000};
        struct cache *cache;
        assert_int_equal(cache_new(&cache, &limits), 0);
        return cache;
}

static void put(struct cache *cache, const char *path, size_t body_size, uint64_t now)
{
        struct file *file = new_file(body_size);
        cache_put(cache, span_of(path), file, now);
        file_unref(file);
}

static enum cache_state state_of(struct cache *cache, const char *path, uint64_t now)
{
        struct file *file = NULL;
        return cache_find(cache, span_of(path), now, &file);
}

static void entries_are_believed_for_a_while(void **state)
{
        (void)state;
        struct cache *cache = new_cache(10, 1000);
        assert_int_equal(state_of(cache, "a", 5), CACHE_MISS);
        put(cache, "a", 0, 5);
        assert_int_equal(state_of(cache, "a", 1004), CACHE_FRESH);
        assert_int_equal(state_of(cache, "a", 1005), CACHE_STALE);
        cache_confirm(cache, span_of("a"), 1005);
        assert_int_equal(state_of(cache, "a", 2004), CACHE_FRESH);
        cache_drop(cache, span_of("a"));
        assert_int_equal(state_of(cache, "a", 2004), CACHE_MISS);
        cache_free(cache);
}

static void the_least_recently_used_goes_first(void **state)
{
        (void)state;
        struct cache *cache = new_cache(2, 1000);
        const uint64_t later = 2 * NS_PER_S; /* uses closer than a second are as one */
        put(cache, "a", 0, 0);
        put(cache, "b", 0, 0);
        assert_int_equal(state_of(cache, "a", later), CACHE_STALE);
        put(cache, "c", 0, later);
        assert_int_equal(state_of(cache, "b", later), CACHE_MISS);
        assert_int_equal(state_of(cache, "a", later), CACHE_STALE);
        assert_int_equal(state_of(cache, "c", later), CACHE_FRESH);
        assert_int_equal(state_of(cache, "c", 2 * later), CACHE_STALE);
        assert_true(cache_close_some(cache, 1));
        assert_int_equal(state_of(cache, "a", 2 * later), CACHE_MISS);
        assert_int_equal(state_of(cache, "c", 2 * later), CACHE_STALE);
        cache_free(cache);
}

static void bodies_are_bounded(void **state)
{
        (void)state;
        struct cache *cache = new_cache(10, 100);
        put(cache, "a", 60, 0);
        put(cache, "b", 60, 0);
        struct file *file = NULL;
        assert_int_equal(state_of(cache, "a", 0), CACHE_MISS);
        assert_int_equal(cache_find(cache, span_of("b"), 0, &file), CACHE_FRESH);
        assert_non_null(file->body);
        put(cache, "too big", 101, 0);
        assert_int_equal(state_of(cache, "too big", 0), CACHE_MISS);
        assert_int_equal(state_of(cache, "b", 0), CACHE_FRESH);
        /* What is replaced no longer counts. */
        put(cache, "b", 90, 0);
        put(cache, "b", 90, 0);
        assert_int_equal(state_of(cache, "b", 0), CACHE_FRESH);
        cache_free(cache);
}

static void a_file_in_use_outlives_its_entry(void **state)
{
        (void)state;
        struct cache *cache = new_cache(1, 100);
        put(cache, "a", 10, 0);
        struct file *file = NULL;
        assert_int_equal(cache_find(cache, span_of("a"), 0, &file), CACHE_FRESH);
        (void)file_ref(file);
        put(cache, "b", 10, 0);
        assert_int_equal(file->references, 1);
        assert_non_null(file->body);
        file_unref(file);
        cache_free(cache);
}

static void descriptors_are_bounded_and_given_back(void **state)
{
        (void)state;
        struct cache *cache = new_cache(100, 100);
        struct file *file = NULL;

        put(cache, "body", 10, 0);
        put(cache, "a", 0, 0);
        put(cache, "b", 0, 0);
        put(cache, "c", 0, 0);
        put(cache, "d", 0, 0);
        assert_int_equal(state_of(cache, "a", 0), CACHE_MISS);
        assert_int_equal(cache_find(cache, span_of("b"), 0, &file), CACHE_FRESH);
        /* One in use is not closed by being forgotten. */
        (void)file_ref(file);
        assert_true(cache_close_some(cache, 1));
        assert_int_equal(state_of(cache, "b", 0), CACHE_FRESH);
        assert_int_equal(state_of(cache, "c", 0), CACHE_MISS);
        assert_true(cache_close_some(cache, 10));
        assert_int_equal(state_of(cache, "d", 0), CACHE_MISS);
        assert_false(cache_close_some(cache, 10));
        assert_int_equal(state_of(cache, "body", 0), CACHE_FRESH);
        file_unref(file);
        assert_true(cache_close_some(cache, 10));
        cache_free(cache);
}

static void no_entries_is_no_cache(void **state)
{
        (void)state;
        struct cache *cache = new_cache(0, 100);
        put(cache, "a", 0, 0);
        assert_int_equal(state_of(cache, "a", 0), CACHE_MISS);
        assert_false(cache_close_some(cache, 1));
        cache_free(cache);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(entries_are_believed_for_a_while),
                cmocka_unit_test(the_least_recently_used_goes_first),
                cmocka_unit_test(bodies_are_bounded),
                cmocka_unit_test(a_file_in_use_outlives_its_entry),
                cmocka_unit_test(descriptors_are_bounded_and_given_back),
                cmocka_unit_test(no_entries_is_no_cache),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
