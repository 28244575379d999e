#include "unit.h"

#include "base/clock.h"
#include "net/deadlines.h"

static void they_pass_in_order(void **state)
{
        (void)state;
        struct deadlines deadlines;
        struct deadline a = {0}, b = {0}, c = {0};

        deadlines_init(&deadlines);
        deadlines_set_duration(&deadlines, 0, 10 * NS_PER_MS);
        deadlines_set_duration(&deadlines, 1, 5 * NS_PER_MS);
        assert_int_equal(deadlines_next_ms(&deadlines, 0), -1);

        deadline_set(&deadlines, &a, 0, 0);
        deadline_set(&deadlines, &b, 0, NS_PER_MS);
        deadline_set(&deadlines, &c, 1, 0);
        assert_int_equal(deadlines_next_ms(&deadlines, 0), 5);
        assert_null(deadlines_pop(&deadlines, 5 * NS_PER_MS - 1));
        assert_ptr_equal(deadlines_pop(&deadlines, 5 * NS_PER_MS), &c);

        /* Moved: behind b now. */
        deadline_set(&deadlines, &a, 0, 2 * NS_PER_MS);
        assert_ptr_equal(deadlines_pop(&deadlines, 20 * NS_PER_MS), &b);
        assert_ptr_equal(deadlines_pop(&deadlines, 20 * NS_PER_MS), &a);
        assert_null(deadlines_pop(&deadlines, 20 * NS_PER_MS));
        assert_int_equal(a.at_ns, 0);
}

static void cleared_and_never_set_do_not_pass(void **state)
{
        (void)state;
        struct deadlines deadlines;
        struct deadline a = {0}, never = {0};

        deadlines_init(&deadlines);
        deadlines_set_duration(&deadlines, 0, NS_PER_MS);
        deadline_set(&deadlines, &a, 0, 0);
        deadline_set(&deadlines, &never, 3, 0); /* its class has no duration */
        deadline_clear(&deadlines, &a);
        deadline_clear(&deadlines, &a);
        assert_null(deadlines_pop(&deadlines, UINT64_MAX));
}

static void waiting_is_rounded_up(void **state)
{
        (void)state;
        struct deadlines deadlines;
        struct deadline a = {0};

        deadlines_init(&deadlines);
        deadlines_set_duration(&deadlines, 0, NS_PER_MS);
        deadline_set(&deadlines, &a, 0, 1);
        assert_int_equal(deadlines_next_ms(&deadlines, 2), 1);
        assert_int_equal(deadlines_next_ms(&deadlines, 0), 2);
        assert_int_equal(deadlines_next_ms(&deadlines, 5 * NS_PER_MS), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(they_pass_in_order),
                cmocka_unit_test(cleared_and_never_set_do_not_pass),
                cmocka_unit_test(waiting_is_rounded_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
