#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include "http/range.h"

#define CAPACITY 4
#define HUGE "99999999999999999999999"

static const struct {
        const char *value;
        uint64_t size;
        enum range_result result;
        struct byte_range ranges[CAPACITY];
} range_cases[] = {
        {"bytes=0-0", 100, RANGE_SATISFIABLE, {{0, 1}}},
        {"bytes=0-99", 100, RANGE_SATISFIABLE, {{0, 100}}},
        {"bytes=0-100", 100, RANGE_SATISFIABLE, {{0, 100}}},
        {"bytes=0-" HUGE, 100, RANGE_SATISFIABLE, {{0, 100}}},
        {"bytes=0-18446744073709551615", 100, RANGE_SATISFIABLE, {{0, 100}}},
        {"bytes=99-", 100, RANGE_SATISFIABLE, {{99, 1}}},
        {"BYTES=007-008", 100, RANGE_SATISFIABLE, {{7, 2}}},
        {"bytes=-1", 100, RANGE_SATISFIABLE, {{99, 1}}},
        {"bytes=-100", 100, RANGE_SATISFIABLE, {{0, 100}}},
        {"bytes=-" HUGE, 100, RANGE_SATISFIABLE, {{0, 100}}},
        {"bytes=0-1,4-5", 100, RANGE_SATISFIABLE, {{0, 2}, {4, 2}}},
        {"bytes=4-5 ,\t0-1,,", 100, RANGE_SATISFIABLE, {{4, 2}, {0, 2}}},
        {"bytes=,0-1", 100, RANGE_SATISFIABLE, {{0, 2}}},
        {"bytes=100-,0-1", 100, RANGE_SATISFIABLE, {{0, 2}}},
        {"bytes=0-0,1-1,2-2,-1", 100, RANGE_SATISFIABLE, {{0, 1}, {1, 1}, {2, 1}, {99, 1}}},
        {"bytes=0-0,1-1,2-2,3-3,100-", 100, RANGE_SATISFIABLE, {{0, 1}, {1, 1}, {2, 1}, {3, 1}}},
        {"bytes=0-0,1-1,2-2,3-3,4-4", 100, RANGE_IGNORED, {{0}}},
        {"bytes=0-", UINT64_MAX, RANGE_SATISFIABLE, {{0, UINT64_MAX}}},
        {"bytes=18446744073709551614-", UINT64_MAX, RANGE_SATISFIABLE, {{UINT64_MAX - 1, 1}}},
        {"bytes=100-", 100, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=100-200,300-", 100, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=" HUGE "-", 100, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=" HUGE "-" HUGE, 100, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=-0", 100, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=-0", 0, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=0-", 0, RANGE_UNSATISFIABLE, {{0}}},
        {"bytes=-1", 0, RANGE_IGNORED, {{0}}},
        {"bytes=0-,-10", 0, RANGE_IGNORED, {{0}}},
        {"", 100, RANGE_IGNORED, {{0}}},
        {"bytes", 100, RANGE_IGNORED, {{0}}},
        {"bytes=", 100, RANGE_IGNORED, {{0}}},
        {"bytes=,", 100, RANGE_IGNORED, {{0}}},
        {"bytes= 0-1", 100, RANGE_IGNORED, {{0}}},
        {"bytes =0-1", 100, RANGE_IGNORED, {{0}}},
        {"bytes:0-1", 100, RANGE_IGNORED, {{0}}},
        {"lines=0-1", 100, RANGE_IGNORED, {{0}}},
        {"bytes=-", 100, RANGE_IGNORED, {{0}}},
        {"bytes=1", 100, RANGE_IGNORED, {{0}}},
        {"bytes=2-1", 100, RANGE_IGNORED, {{0}}},
        {"bytes=200-199", 100, RANGE_IGNORED, {{0}}},
        {"bytes=0 -1", 100, RANGE_IGNORED, {{0}}},
        {"bytes=0- 1", 100, RANGE_IGNORED, {{0}}},
        {"bytes=0-1-2", 100, RANGE_IGNORED, {{0}}},
        {"bytes=--1", 100, RANGE_IGNORED, {{0}}},
        {"bytes=+0-1", 100, RANGE_IGNORED, {{0}}},
        {"bytes=0x0-1", 100, RANGE_IGNORED, {{0}}},
        {"bytes=0-1;4-5", 100, RANGE_IGNORED, {{0}}},
        {"bytes=0-1,x", 100, RANGE_IGNORED, {{0}}},
};

static void fields_become_ranges(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(range_cases) / sizeof(range_cases[0]); i++) {
                struct byte_range ranges[CAPACITY];
                size_t count = 77, expected = 0;
                enum range_result result =
                        range_parse(span_of(range_cases[i].value), range_cases[i].size, ranges,
                                    CAPACITY, &count);
                if (result != range_cases[i].result)
                        fail_msg("%s: %d", range_cases[i].value, result);
                while (expected < CAPACITY && range_cases[i].ranges[expected].length > 0)
                        expected++;
                assert_int_equal(count, result == RANGE_SATISFIABLE ? expected : 77);
                for (size_t k = 0; k < expected; k++) {
                        assert_true(ranges[k].offset == range_cases[i].ranges[k].offset);
                        assert_true(ranges[k].length == range_cases[i].ranges[k].length);
                }
        }
}

static const struct {
        uint64_t gap;
        struct byte_range before[CAPACITY], after[CAPACITY];
} join_cases[] = {
        {0, {{0, 1}}, {{0, 1}}},
        {0, {{5, 1}, {0, 1}}, {{5, 1}, {0, 1}}},
        {0, {{0, 5}, {5, 5}}, {{0, 10}}},
        {0, {{5, 5}, {0, 5}}, {{0, 10}}},
        {0, {{0, 10}, {2, 3}}, {{0, 10}}},
        {0, {{0, 10}, {0, 10}, {0, 10}}, {{0, 10}}},
        {0, {{20, 5}, {0, 10}, {22, 9}}, {{0, 10}, {20, 11}}},
        {9, {{0, 1}, {10, 1}}, {{0, 11}}},
        {8, {{0, 1}, {10, 1}}, {{0, 1}, {10, 1}}},
        {5, {{30, 1}, {0, 1}, {5, 1}, {100, 1}}, {{0, 6}, {30, 1}, {100, 1}}},
        {UINT64_MAX, {{UINT64_MAX - 1, 1}, {0, 1}}, {{0, UINT64_MAX}}},
};

static size_t count_of(const struct byte_range *ranges)
{
        size_t count = 0;
        while (count < CAPACITY && ranges[count].length > 0)
                count++;
        return count;
}

static void test_join(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(join_cases) / sizeof(join_cases[0]); i++) {
                struct byte_range ranges[CAPACITY];
                memcpy(ranges, join_cases[i].before, sizeof(ranges));
                size_t count = range_join(ranges, count_of(ranges), join_cases[i].gap);
                assert_int_equal(count, count_of(join_cases[i].after));
                assert_memory_equal(ranges, join_cases[i].after, count * sizeof(ranges[0]));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_join),
                cmocka_unit_test(fields_become_ranges),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
