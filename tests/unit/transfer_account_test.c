#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs those, and before it. */
#include <cmocka.h>

#include "transfer/account.h"

static void system_calls_are_a_sum(void **state)
{
        (void)state;
        struct account account = {0};
        account.calls[CALL_sendfile] = 3;
        account.calls[CALL_newfstatat] = 2;
        assert_true(account_count(&account, SLUICE_SYSTEM_CALLS) == 5);
        account_add(&account, SLUICE_BYTES_SENT, 7);
        account_add(&account, SLUICE_BYTES_SENT, UINT64_C(1) << 40);
        assert_true(account_count(&account, SLUICE_BYTES_SENT) == (UINT64_C(1) << 40) + 7);
}

static void counters_have_names(void **state)
{
        (void)state;
        for (int i = 0; i < SLUICE_COUNTERS; i++) {
                assert_non_null(sluice_counter_name(i));
                for (int other = 0; other < i; other++)
                        assert_string_not_equal(sluice_counter_name(i), sluice_counter_name(other));
        }
        assert_null(sluice_counter_name(SLUICE_COUNTERS));
        assert_null(sluice_counter_name((enum sluice_counter) - 1));
}

static void calls_have_names(void **state)
{
        (void)state;
        assert_string_equal(account_call_name(CALL_pread64), "pread64");
        assert_null(account_call_name(CALL_COUNT));
        uint64_t count = 0;
        assert_null(sluice_process_calls(CALL_COUNT, &count));
}

static void process_adds_up(void **state)
{
        (void)state;
        struct account account = {0};
        account.calls[CALL_sendfile] = 4;
        account_add(&account, SLUICE_BYTES_SENT, 100);
        uint64_t sent = account_process_count(METHOD_INDEX_sendfile, SLUICE_BYTES_SENT);
        uint64_t all = sluice_process_count(NULL, SLUICE_BYTES_SENT);
        uint64_t calls_before, calls;
        sluice_process_calls(CALL_sendfile, &calls_before);

        account_publish(&account, METHOD_INDEX_sendfile);
        account_publish(&account, METHOD_INDEX_copy);
        account_publish_calls(&account);

        assert_true(account_process_count(METHOD_INDEX_sendfile, SLUICE_BYTES_SENT) == sent + 100);
        assert_true(sluice_process_count(NULL, SLUICE_BYTES_SENT) == all + 200);
        assert_string_equal(sluice_process_calls(CALL_sendfile, &calls), "sendfile");
        assert_true(calls == calls_before + 12);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(system_calls_are_a_sum),
                cmocka_unit_test(counters_have_names),
                cmocka_unit_test(calls_have_names),
                cmocka_unit_test(process_adds_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
