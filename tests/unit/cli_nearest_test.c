#include "cli/nearest.h"

#include "unit.h"

static void test_distance(void **state)
{
        (void)state;
        assert_int_equal(nearest_distance("", ""), 0);
        assert_int_equal(nearest_distance("port", "port"), 0);
        assert_int_equal(nearest_distance("", "port"), 4);
        assert_int_equal(nearest_distance("port", ""), 4);
        assert_int_equal(nearest_distance("prt", "port"), 1);
        assert_int_equal(nearest_distance("pport", "port"), 1);
        assert_int_equal(nearest_distance("part", "port"), 1);
        assert_int_equal(nearest_distance("prot", "port"), 2);
        assert_int_equal(nearest_distance("kitten", "sitting"), 3);
}

static void test_what_is_too_long_is_never_near(void **state)
{
        char most[64], more[65];
        (void)state;
        memset(most, 'a', sizeof(most) - 1);
        most[sizeof(most) - 1] = '\0';
        memset(more, 'a', sizeof(more) - 1);
        more[sizeof(more) - 1] = '\0';
        assert_int_equal(nearest_distance(most, most), 0);
        assert_int_equal(nearest_distance(more, most), SIZE_MAX);
        assert_int_equal(nearest_distance(most, more), SIZE_MAX);
}

static const char *nearest(const char *word)
{
        static const char *const names[] = {"port", "path", "header", "header-timeout", "user"};
        const char *best = NULL;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                nearest_consider(word, names[i], &best);
        return best;
}

static void test_the_nearest_is_kept_and_nothing_far(void **state)
{
        (void)state;
        assert_string_equal(nearest("prot"), "port");
        assert_string_equal(nearest("pathh"), "path");
        assert_string_equal(nearest("headr"), "header");
        assert_string_equal(nearest("header-timeuot"), "header-timeout");
        assert_null(nearest("frobnicate"));
        assert_null(nearest("x"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_distance),
                cmocka_unit_test(test_what_is_too_long_is_never_near),
                cmocka_unit_test(test_the_nearest_is_kept_and_nothing_far),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
