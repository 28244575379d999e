#include "unit.h"

#include <errno.h>

#include "base/clock.h"
#include "lab/plan.h"
#include "lab/statistics.h"

static void methods_are_read(void **state)
{
        static const struct {
                const char *text;
                int result;
                const char *name;
                uint64_t buffer_bytes;
        } cases[] = {
                {"sendfile", 0, "sendfile", 0},
                {"copy:4K", 0, "copy", 4096},
                {"copy:", -EINVAL, "", 0},
                {"copy:0", -EINVAL, "", 0},
                {"copy:1T", -EINVAL, "", 0},
                {"sendfile:4K", -EINVAL, "", 0},
                {"splice:4K", -EINVAL, "", 0},
                {"uring:64K", 0, "uring", 65536},
                {"", -EINVAL, "", 0},
                {"teleport", -EINVAL, "", 0},
                {"a-name-that-is-far-too-long", -EINVAL, "", 0},
        };
        (void)state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char name[LAB_NAME_SIZE] = "";
                uint64_t buffer_bytes = 0;
                assert_int_equal(plan_parse_method(cases[i].text, name, &buffer_bytes),
                                 cases[i].result);
                assert_string_equal(name, cases[i].name);
                assert_int_equal(buffer_bytes, cases[i].buffer_bytes);
        }
}

static void default_plan_has_every_method(void **state)
{
        struct lab_results results = {0};
        const struct plan_wish wish = {.mode = "default"};
        const sluice_method *method;
        (void)state;

        assert_int_equal(plan_make(&results, &wish), 0);
        for (size_t i = 0; (method = sluice_method_at(i)); i++) {
                size_t found = 0;
                for (size_t j = 0; j < results.case_count; j++)
                        found += strcmp(results.cases[j].setting.method,
                                        sluice_method_name(method)) == 0;
                /* Two sizes; copy with three buffers. */
                assert_int_equal(found, strcmp(sluice_method_name(method), "copy") == 0 ? 6 : 2);
        }
        results_done(&results);
}

static void full_plan_has_all_that_was_promised(void **state)
{
        struct lab_results results = {0};
        const struct plan_wish wish = {.mode = "full", .methods = {"sendfile"}, .method_count = 1};
        (void)state;

        assert_int_equal(plan_make(&results, &wish), 0);
        /* Five sizes, warm and cold, 1, 16 and 64 connections; but 1 GiB alone. */
        assert_int_equal(results.case_count, 26);
        assert_int_equal(results.skipped_count, 4);
        assert_int_equal(results.skipped[0].setting.size_bytes, LAB_GIB);
        results_done(&results);

        const struct plan_wish asked = {
                .mode = "full",
                .methods = {"sendfile"},
                .method_count = 1,
                .sizes = {LAB_GIB},
                .size_count = 1,
        };
        assert_int_equal(plan_make(&results, &asked), 0);
        assert_int_equal(results.case_count, 6);
        results_done(&results);
}

static void nonsense_is_skipped_and_doubles_are_dropped(void **state)
{
        struct lab_results results = {0};
        const struct plan_wish wish = {
                .mode = "quick",
                .methods = {"copy:4K", "copy:4096"},
                .method_count = 2,
                .sizes = {4096},
                .size_count = 1,
                .receivers = {LAB_COPY, LAB_DISCARD},
                .receiver_count = 2,
                .paths = {LAB_UNIX},
                .path_count = 1,
        };
        (void)state;

        assert_int_equal(plan_make(&results, &wish), 0);
        assert_int_equal(results.case_count, 1);
        assert_non_null(strstr(results.skipped[0].reason, "MSG_TRUNC"));
        results_done(&results);
}

static void small_sizes_have_many_transfers(void **state)
{
        static const struct {
                uint64_t size_bytes, file_bytes;
                uint32_t connections;
                enum lab_cache cache;
                uint32_t transfers;
        } cases[] = {
                {128 << 20, 128 << 20, 1, LAB_WARM, 1},
                {128 << 20, 128 << 20, 64, LAB_WARM, 1},
                {16 << 20, 16 << 20, 1, LAB_WARM, 1},
                {64 << 10, 16 << 20, 1, LAB_WARM, 64},
                {64 << 10, 16 << 20, 16, LAB_WARM, 4},
                {4 << 10, 16 << 20, 1, LAB_WARM, 1000},
                /* Each place once, or it would be warm. */
                {1 << 20, 2 << 20, 1, LAB_COLD, 2},
                {1 << 20, 2 << 20, 1, LAB_WARM, 4},
        };
        (void)state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const struct lab_setting setting = {
                        .size_bytes = cases[i].size_bytes,
                        .connections = cases[i].connections,
                        .cache = cases[i].cache,
                };
                assert_int_equal(plan_transfers(&setting, cases[i].file_bytes), cases[i].transfers);
        }
}

static void time_is_shared_out(void **state)
{
        const struct plan_time time = {.runs_fewest = 3, .total_ns = 12 * NS_PER_S};
        /* One that is slow, one that is soon measured a hundred times. */
        const uint64_t run_ns[] = {2 * NS_PER_S, NS_PER_S / 10, NS_PER_S / 10, NS_PER_MS};
        uint64_t shares[4], sum = 0;
        (void)state;

        plan_share(&time, run_ns, shares, 4);
        for (size_t i = 0; i < 4; i++)
                sum += shares[i];
        assert_int_equal(shares[0], 6 * NS_PER_S);
        assert_int_equal(shares[3], 100 * NS_PER_MS);
        assert_int_equal(shares[1], shares[2]);
        assert_in_range(sum, 12 * NS_PER_S - 10 * NS_PER_MS, 12 * NS_PER_S + 10 * NS_PER_MS);
}

/* The classic loop is the slowest, and yet what all are held against. */
static void what_is_left_out_is_what_takes_longest(void **state)
{
        static const struct {
                uint64_t missing_ns[5], left_ns;
                size_t left_out;
        } cases[] = {
                /* copy 4K, copy 64K, sendfile, mmap, direct */
                {{50, 20, 5, 20, 30}, 125, 5}, {{50, 20, 5, 20, 30}, 124, 4},
                {{50, 20, 5, 20, 0}, 90, 3},   {{50, 0, 5, 0, 0}, 10, 5},
                {{50, 0, 90, 0, 10}, 10, 4},   {{0, 0, 0, 0, 0}, 0, 5},
                {{50, 20, 5, 0, 0}, 0, 1},
        };
        const struct plan_wish wish = {
                .mode = "quick",
                .methods = {"copy:4K", "copy:64K", "sendfile", "mmap", "direct"},
                .method_count = 5,
        };
        struct lab_results results = {0};
        (void)state;

        assert_int_equal(plan_make(&results, &wish), 0);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(plan_left_out(&results, cases[i].missing_ns, cases[i].left_ns),
                                 cases[i].left_out);
        results_done(&results);
}

/* Fewer than six runs of a case show nothing; and every mode has an end. */
static void every_mode_promises_runs_enough_and_an_end(void **state)
{
        static const char *const modes[] = {"default", "quick", "full"};
        (void)state;

        for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
                struct lab_results results = {0};
                (void)strcpy(results.mode, modes[i]);
                const struct plan_time time = plan_time_of(&results);
                assert_int_equal(time.runs_fewest, STATISTICS_FEWEST);
                assert_in_range(time.limit_ns, 5 * NS_PER_S, 1800 * NS_PER_S);
        }
}

static void every_number_is_in_an_order(void **state)
{
        uint32_t numbers[20], again[20];
        uint64_t seed = 5, same = 5;
        bool seen[20] = {0}, moved = false;
        (void)state;

        plan_shuffle(numbers, 20, &seed);
        plan_shuffle(again, 20, &same);
        assert_memory_equal(numbers, again, sizeof(numbers));
        for (uint32_t i = 0; i < 20; i++) {
                assert_false(seen[numbers[i]]);
                seen[numbers[i]] = true;
                moved = moved || numbers[i] != i;
        }
        assert_true(moved);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(methods_are_read),
                cmocka_unit_test(default_plan_has_every_method),
                cmocka_unit_test(full_plan_has_all_that_was_promised),
                cmocka_unit_test(nonsense_is_skipped_and_doubles_are_dropped),
                cmocka_unit_test(small_sizes_have_many_transfers),
                cmocka_unit_test(time_is_shared_out),
                cmocka_unit_test(what_is_left_out_is_what_takes_longest),
                cmocka_unit_test(every_mode_promises_runs_enough_and_an_end),
                cmocka_unit_test(every_number_is_in_an_order),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
