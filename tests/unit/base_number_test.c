#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include "base/number.h"

static void digits_are_strict(void **state)
{
        (void)state;
        uint64_t value = 7;
        assert_int_equal(number_parse(SPAN_LITERAL("18446744073709551615"), &value), 0);
        assert_true(value == UINT64_MAX);
        assert_int_equal(number_parse(SPAN_LITERAL("18446744073709551616"), &value), -ERANGE);
        assert_int_equal(number_parse(SPAN_LITERAL(""), &value), -EINVAL);
        assert_int_equal(number_parse(SPAN_LITERAL("+1"), &value), -EINVAL);
        assert_int_equal(number_parse(SPAN_LITERAL(" 1"), &value), -EINVAL);
        assert_true(value == UINT64_MAX);
}

static void sizes_have_units(void **state)
{
        (void)state;
        uint64_t bytes = 0;
        assert_int_equal(number_parse_size(SPAN_LITERAL("2M"), &bytes), 0);
        assert_true(bytes == 2 << 20);
        assert_int_equal(number_parse_size(SPAN_LITERAL("16KiB"), &bytes), 0);
        assert_true(bytes == 16 << 10);
        assert_int_equal(number_parse_size(SPAN_LITERAL("5 M"), &bytes), -EINVAL);
        assert_int_equal(number_parse_size(SPAN_LITERAL("M"), &bytes), -EINVAL);
        assert_int_equal(number_parse_size(SPAN_LITERAL("99999999999T"), &bytes), -ERANGE);
}

static void durations_default_to_seconds(void **state)
{
        (void)state;
        uint64_t ms = 0;
        assert_int_equal(number_parse_duration(SPAN_LITERAL("5"), &ms), 0);
        assert_true(ms == 5000);
        assert_int_equal(number_parse_duration(SPAN_LITERAL("250ms"), &ms), 0);
        assert_true(ms == 250);
        assert_int_equal(number_parse_duration(SPAN_LITERAL("1d"), &ms), -EINVAL);
}

static void sizes_read_well(void **state)
{
        (void)state;
        char text[NUMBER_TEXT_SIZE];
        assert_string_equal(number_format_size(17, text), "17 B");
        assert_string_equal(number_format_size(4096, text), "4.0 KiB");
        assert_string_equal(number_format_size(UINT64_MAX, text), "16.0 EiB");
}

static void written_digits_match(void **state)
{
        (void)state;
        char text[21] = {0};
        assert_int_equal(number_write(0, text), 1);
        assert_string_equal(text, "0");
        text[number_write(UINT64_MAX, text)] = '\0';
        assert_string_equal(text, "18446744073709551615");
        /* Each pair of digits, each length, and both sides of each power of ten. */
        for (uint64_t power = 1; power <= UINT64_MAX / 200; power *= 10)
                for (uint64_t factor = 0; factor <= 200; factor++)
                        for (int side = -1; side <= 1; side++) {
                                char expected[24];
                                uint64_t value = factor * power + (uint64_t)side;
                                (void)snprintf(expected, sizeof(expected), "%" PRIu64, value);
                                text[number_write(value, text)] = '\0';
                                assert_string_equal(text, expected);
                        }
}

static void test_counts_are_grouped(void **state)
{
        (void)state;
        char text[NUMBER_TEXT_SIZE];
        assert_string_equal(number_format_count(0, text), "0");
        assert_string_equal(number_format_count(999, text), "999");
        assert_string_equal(number_format_count(1000, text), "1,000");
        assert_string_equal(number_format_count(262144, text), "262,144");
        assert_string_equal(number_format_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(digits_are_strict),
                cmocka_unit_test(sizes_have_units),
                cmocka_unit_test(durations_default_to_seconds),
                cmocka_unit_test(sizes_read_well),
                cmocka_unit_test(written_digits_match),
                cmocka_unit_test(test_counts_are_grouped),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
