#include "unit.h"

#include "base/clock.h"
#include "serve/restarts.h"

static void test_so_many_in_a_minute(void **state)
{
        struct restarts restarts = {0};
        uint64_t now_ns = 1000 * NS_PER_S;
        (void)state;

        for (int i = 0; i < RESTARTS_MAX; i++)
                assert_true(restarts_allow(&restarts, now_ns + i * NS_PER_S));
        assert_false(restarts_allow(&restarts, now_ns + 10 * NS_PER_S));
        assert_false(restarts_allow(&restarts, now_ns + RESTARTS_S * NS_PER_S - 1));
        /* The first has passed out of the window, the second has not. */
        assert_true(restarts_allow(&restarts, now_ns + RESTARTS_S * NS_PER_S));
        assert_false(restarts_allow(&restarts, now_ns + RESTARTS_S * NS_PER_S));
}

static void test_now_and_then(void **state)
{
        struct restarts restarts = {0};
        (void)state;

        for (uint64_t i = 1; i < 100; i++)
                assert_true(restarts_allow(&restarts, i * 15 * NS_PER_S));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_so_many_in_a_minute),
                cmocka_unit_test(test_now_and_then),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
