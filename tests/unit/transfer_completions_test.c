#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs those, and before it. */
#include <cmocka.h>

#include "transfer/completions.h"

/* The kernel's number of our first send: wraps within the test. */
#define BASE (UINT32_MAX - 1)

static struct account account;

static void take(struct completions *completions, uint32_t low, uint32_t high, bool copied)
{
        struct completion range = {.low = BASE + low, .high = BASE + high, .copied = copied};
        assert_int_equal(completions_take(completions, &account, range), 0);
}

static uint64_t copied_by_kernel(void)
{
        return account_count(&account, SLUICE_BYTES_COPIED_BY_KERNEL);
}

static int start_empty(void **state)
{
        (void)state;
        account = (struct account){0};
        return 0;
}

/* Until the kernel's numbers are known, nothing is free before all is. */
static void base_is_found_when_all_are_back(void **state)
{
        (void)state;
        struct completions c = {0};
        for (unsigned i = 0; i < 4; i++)
                completions_sent(&c, i, 100);
        take(&c, 2, 3, true);
        assert_true(completions_pinned(&c, 2));
        take(&c, 0, 0, false);
        assert_true(completions_pinned(&c, 0));
        assert_true(copied_by_kernel() == 0);
        take(&c, 1, 1, false);
        assert_true(completions_settled(&c));
        assert_true(c.base == BASE);
        assert_true(copied_by_kernel() == 200);
        for (unsigned i = 0; i < 4; i++)
                assert_false(completions_pinned(&c, i));
}

static void later_ones_come_in_any_order(void **state)
{
        (void)state;
        struct completions c = {0};
        completions_sent(&c, 0, 10);
        take(&c, 0, 0, false);
        completions_sent(&c, 1, 11);
        completions_sent(&c, 1, 12);
        completions_sent(&c, 2, 13);
        take(&c, 2, 3, true); /* across the wrap */
        assert_true(completions_pinned(&c, 1));
        assert_false(completions_pinned(&c, 2));
        assert_false(completions_settled(&c));
        assert_int_equal(completions_room(&c), COMPLETIONS_MAX - 3);
        take(&c, 1, 1, false);
        assert_true(completions_settled(&c));
        assert_true(copied_by_kernel() == 25);
}

static void told_twice_counts_once(void **state)
{
        (void)state;
        struct completions c = {0};
        completions_sent(&c, 0, 10);
        take(&c, 0, 0, true);
        completions_sent(&c, 0, 10);
        take(&c, 0, 0, true);
        assert_true(completions_pinned(&c, 0));
        take(&c, 1, 1, true);
        take(&c, 1, 1, true);
        assert_true(completions_settled(&c));
        assert_true(copied_by_kernel() == 20);
}

static void room_runs_out(void **state)
{
        (void)state;
        struct completions c = {0};
        for (unsigned i = 0; i < COMPLETIONS_MAX; i++)
                completions_sent(&c, i % 4, 1);
        assert_int_equal(completions_room(&c), 0);
        take(&c, 0, COMPLETIONS_MAX - 1, false);
        assert_int_equal(completions_room(&c), COMPLETIONS_MAX);
}

static void other_transfers_are_not_ours(void **state)
{
        (void)state;
        struct completions c = {0};
        struct completion range = {.low = 0, .high = 1};
        completions_sent(&c, 0, 1);
        assert_int_equal(completions_take(&c, &account, range), -EPROTO);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(base_is_found_when_all_are_back, start_empty),
                cmocka_unit_test_setup(later_ones_come_in_any_order, start_empty),
                cmocka_unit_test_setup(told_twice_counts_once, start_empty),
                cmocka_unit_test_setup(room_runs_out, start_empty),
                cmocka_unit_test_setup(other_transfers_are_not_ours, start_empty),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
