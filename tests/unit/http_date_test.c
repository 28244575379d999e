#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include <stdio.h>
#include <time.h>

#include "http/date.h"

#define NOVEMBER_1994 INT64_C(784111777)

static const char *written(int64_t seconds)
{
        static char text[DATE_LENGTH + 1];
        date_write(seconds, text);
        return text;
}

static void dates_are_written(void **state)
{
        (void)state;
        assert_string_equal(written(NOVEMBER_1994), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_string_equal(written(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_string_equal(written(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
        assert_string_equal(written(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_string_equal(written(INT64_C(4107542400)), "Mon, 01 Mar 2100 00:00:00 GMT");
        assert_string_equal(written(INT64_MIN), "Sat, 01 Jan 0000 00:00:00 GMT");
        assert_string_equal(written(INT64_MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
}

static void writing_agrees_with_the_c_library(void **state)
{
        (void)state;
        /* A prime step, so that every month, weekday and hour is met. */
        for (int64_t seconds = -3000000000; seconds < 60000000000; seconds += 7654321) {
                char expected[64];
                time_t when = (time_t)seconds;
                struct tm tm;
                assert_int_equal(strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT",
                                          gmtime_r(&when, &tm)),
                                 DATE_LENGTH);
                assert_string_equal(written(seconds), expected);
                int64_t back = 0;
                assert_int_equal(date_parse(span_of(written(seconds)), 0, &back), 0);
                assert_true(back == seconds);
        }
}

static void dates_are_read(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                int64_t now, seconds;
        } cases[] = {
                {"Sun, 06 Nov 1994 08:49:37 GMT", 0, NOVEMBER_1994},
                {"Sunday, 06-Nov-94 08:49:37 GMT", NOVEMBER_1994, NOVEMBER_1994},
                {"Sun Nov  6 08:49:37 1994", 0, NOVEMBER_1994},
                {"Sun Nov 06 08:49:37 1994", 0, NOVEMBER_1994},
                {"Wed Nov 16 08:49:37 1994", 0, NOVEMBER_1994 + 864000},
                /* The wrong day's name. */
                {"Mon, 06 Nov 1994 08:49:37 GMT", 0, NOVEMBER_1994},
                /* A leap second. */
                {"Sat, 31 Dec 2016 23:59:60 GMT", 0, 1483228800},
                {"Tue, 29 Feb 2000 00:00:00 GMT", 0, 951782400},
                {"Thu, 01 Jan 1970 00:00:00 GMT", 0, 0},
                {"Wed, 31 Dec 1969 23:59:59 GMT", 0, -1},
                {"Sat, 01 Jan 0000 00:00:00 GMT", 0, INT64_C(-62167219200)},
                /* Two digits: in 2026, 76 is 50 years ahead, and 77 would be 51. */
                {"Wednesday, 01-Jan-76 00:00:00 GMT", 1767225600, INT64_C(3345062400)},
                {"Saturday, 01-Jan-77 00:00:00 GMT", 1767225600, 220924800},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                int64_t seconds = 77;
                if (date_parse(span_of(cases[i].text), cases[i].now, &seconds) != 0)
                        fail_msg("%s is refused", cases[i].text);
                if (seconds != cases[i].seconds)
                        fail_msg("%s: %lld", cases[i].text, (long long)seconds);
        }
}

static void what_is_no_date_is_refused(void **state)
{
        (void)state;
        static const char *const texts[] = {
                "",
                "S",
                "Sun",
                "Sunday",
                "Sun,",
                "0",
                "784111777",
                "Xxx, 06 Nov 1994 08:49:37 GMT",
                "sun, 06 Nov 1994 08:49:37 GMT",
                "Sun, 06 nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 08:49:37 UTC",
                "Sun, 06 Nov 1994 08:49:37 +0000",
                "Sun, 06 Nov 1994 08:49:37",
                "Sun, 06 Nov 1994 08:49:37 GM",
                "Sun, 06 Nov 1994 08:49:37 GMTx",
                "Sun, 06 Nov 1994 08:49:37 GMT ",
                " Sun, 06 Nov 1994 08:49:37 GMT",
                "Sun, 6 Nov 1994 08:49:37 GMT",
                "Sun,  6 Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 94 08:49:37 GMT",
                "Sun, 06-Nov-94 08:49:37 GMT",
                "Sun, 00 Nov 1994 08:49:37 GMT",
                "Sun, 31 Nov 1994 08:49:37 GMT",
                "Sun, 32 Dec 1994 08:49:37 GMT",
                "Thu, 29 Feb 1900 00:00:00 GMT",
                "Thu, 29 Feb 2023 00:00:00 GMT",
                "Sun, 06 Nov 1994 24:00:00 GMT",
                "Sun, 06 Nov 1994 08:60:37 GMT",
                "Sun, 06 Nov 1994 08:49:61 GMT",
                "Sun, 06 Nov 1994 8:49:37 GMT",
                "Sun, 06 Nov -994 08:49:37 GMT",
                "Sun, 06 Nov",
                "Sun, 06 No",
                "Sunday, 06-Nov-1994 08:49:37 GMT",
                "Sunday, 06 Nov 1994 08:49:37 GMT",
                "Sunday 06-Nov-94 08:49:37 GMT",
                "Sunday Nov  6 08:49:37 1994",
                "Sun Nov 6 08:49:37 1994",
                "Sun Nov   6 08:49:37 1994",
                "Sun Nov  6 08:49:37 94",
                "Sun Nov  6 08:49:37 1994 GMT",
                "Sun Nov ",
        };
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                int64_t seconds = 77;
                if (date_parse(span_of(texts[i]), 0, &seconds) != -EINVAL)
                        fail_msg("%s is a date", texts[i]);
                assert_true(seconds == 77);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(dates_are_written),
                cmocka_unit_test(writing_agrees_with_the_c_library),
                cmocka_unit_test(dates_are_read),
                cmocka_unit_test(what_is_no_date_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
