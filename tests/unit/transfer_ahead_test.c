#include "transfer/ahead.h"

#include "transfer/residency.h"
#include "unit.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define MANY 1000

static struct ahead all[MANY];

static int begin(void **state)
{
        (void)state;
        ahead_set_limit(UINT64_MAX);
        memset(all, 0, sizeof(all));
        return 0;
}

static int end(void **state)
{
        (void)state;
        for (size_t i = 0; i < MANY; i++)
                ahead_done(&all[i]);
        return ahead_held() == 0 ? 0 : -1;
}

/* What a transfer does that misses a window of this size, twice as much wanted behind. */
static uint64_t miss(struct ahead *ahead, uint64_t offset, uint64_t window, uint64_t *ret_behind)
{
        *ret_behind = window * 2 < RESIDENCY_WINDOW_MAX ? window * 2 : RESIDENCY_WINDOW_MAX;
        ahead_settle(ahead, offset);
        window = ahead_fit(ahead, window, ret_behind);
        ahead_hold(ahead, offset, window + *ret_behind);
        return window;
}

static void test_without_a_limit_all_is_had(void **state)
{
        uint64_t behind;
        (void)state;
        for (size_t i = 0; i < MANY; i++) {
                assert_int_equal(miss(&all[i], 0, 8 * MIB, &behind), 8 * MIB);
                assert_int_equal(behind, 8 * MIB);
        }
        assert_int_equal(ahead_held(), MANY * 16 * MIB);
}

static void test_a_lone_reader_has_the_largest_windows(void **state)
{
        uint64_t behind, window = 512 * KIB, offset = 0;
        (void)state;
        ahead_set_limit(16 * MIB);
        for (int i = 0; i < 10; i++) {
                assert_int_equal(miss(&all[0], offset, window, &behind), window);
                assert_int_equal(behind, window * 2 < 8 * MIB ? window * 2 : 8 * MIB);
                offset += window + behind;
                window = window * 2 < 8 * MIB ? window * 2 : 8 * MIB;
        }
        assert_int_equal(window, 8 * MIB);
}

static void test_what_is_sent_is_no_longer_held(void **state)
{
        uint64_t behind;
        (void)state;
        (void)miss(&all[0], 10 * MIB, MIB, &behind);
        assert_int_equal(ahead_held(), 3 * MIB);
        ahead_settle(&all[0], 11 * MIB);
        assert_int_equal(ahead_held(), 2 * MIB);
        ahead_settle(&all[0], 10 * MIB); /* nothing comes back */
        assert_int_equal(ahead_held(), 2 * MIB);
        ahead_settle(&all[0], 20 * MIB);
        assert_int_equal(ahead_held(), 0);
        (void)miss(&all[0], 20 * MIB, MIB, &behind);
        ahead_done(&all[0]);
        assert_int_equal(ahead_held(), 0);
        ahead_done(&all[0]);
        assert_int_equal(ahead_held(), 0);
}

static void test_many_stay_within_the_limit(void **state)
{
        const uint64_t limit = 256 * MIB;
        uint64_t behind;
        (void)state;
        ahead_set_limit(limit);
        /* Round after round each has sent all it held and misses more, which would be
         * 16 GB in the end. */
        for (uint64_t round = 0; round < 8; round++)
                for (size_t i = 0; i < MANY; i++) {
                        uint64_t window = miss(&all[i], round * 100 * MIB, 8 * MIB, &behind);
                        assert_true(window >= AHEAD_WINDOW_MIN);
                        assert_true(ahead_held() <= limit + MANY * AHEAD_WINDOW_MIN);
                }
        /* And nobody has much more than anybody else. */
        for (size_t i = 0; i < MANY; i++)
                assert_true(all[i].held <= 2 * limit / MANY);
        assert_true(ahead_held() > limit / 4);
}

static void test_who_is_left_has_more_again(void **state)
{
        uint64_t behind;
        (void)state;
        ahead_set_limit(64 * MIB);
        for (size_t i = 0; i < MANY; i++)
                (void)miss(&all[i], 0, 8 * MIB, &behind);
        assert_int_equal(miss(&all[0], 100 * MIB, 8 * MIB, &behind), AHEAD_WINDOW_MIN);
        for (size_t i = 1; i < MANY; i++)
                ahead_done(&all[i]);
        assert_int_equal(miss(&all[0], 200 * MIB, 8 * MIB, &behind), 8 * MIB);
        assert_int_equal(behind, 8 * MIB);
}

static void test_no_limit_is_too_small(void **state)
{
        uint64_t behind;
        (void)state;
        ahead_set_limit(0);
        assert_int_equal(miss(&all[0], 0, 8 * MIB, &behind), AHEAD_WINDOW_MIN);
        assert_int_equal(behind, 0);
        assert_int_equal(miss(&all[1], 0, 512 * KIB, &behind), AHEAD_WINDOW_MIN);
        assert_int_equal(behind, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_without_a_limit_all_is_had),
                TEST(test_a_lone_reader_has_the_largest_windows),
                TEST(test_what_is_sent_is_no_longer_held),
                TEST(test_many_stay_within_the_limit),
                TEST(test_who_is_left_has_more_again),
                TEST(test_no_limit_is_too_small),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
