#include "serve/site_names.h"

#include <errno.h>

#include "unit.h"

static const char *const sites[] = {
        "example.org www.example.org", "*.example.org", "*.deep.example.org",
        "other.test [::1] 127.0.0.1",  "*.test",
};
#define NONE SIZE_MAX

static size_t found(const char *authority)
{
        struct site_names names = {0};
        size_t index = NONE;

        for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++)
                assert_int_equal(site_names_add(&names, sites[i], i), 0);
        site_names_sort(&names);
        struct span span = authority ? span_of(authority) : (struct span){0};
        if (!site_names_find(&names, span, &index))
                assert_int_equal(index, NONE);
        site_names_done(&names);
        return index;
}

static void test_whole_names(void **state)
{
        (void)state;
        assert_int_equal(found("example.org"), 0);
        assert_int_equal(found("www.example.org"), 0);
        assert_int_equal(found("127.0.0.1"), 3);
        assert_int_equal(found("[::1]"), 3);
}

static void test_case_port_and_last_dot_do_not_count(void **state)
{
        (void)state;
        assert_int_equal(found("EXAMPLE.Org"), 0);
        assert_int_equal(found("example.org:8080"), 0);
        assert_int_equal(found("example.org."), 0);
        assert_int_equal(found("Example.ORG.:80"), 0);
        assert_int_equal(found("example.org:"), 0);
        assert_int_equal(found("[::1]:443"), 3);
}

static void test_the_longest_end_counts(void **state)
{
        (void)state;
        assert_int_equal(found("a.example.org"), 1);
        assert_int_equal(found("a.b.example.org"), 1);
        assert_int_equal(found("a.deep.example.org"), 2);
        assert_int_equal(found("deep.example.org"), 1);
        assert_int_equal(found("A.B.Deep.Example.org.:1"), 2);
        assert_int_equal(found("a.test"), 4);
        assert_int_equal(found("other.test"), 3);
}

static void test_unknown_names(void **state)
{
        (void)state;
        assert_int_equal(found(NULL), NONE);
        assert_int_equal(found(""), NONE);
        assert_int_equal(found("."), NONE);
        assert_int_equal(found(":80"), NONE);
        assert_int_equal(found("org"), NONE);
        assert_int_equal(found("test"), NONE);
        assert_int_equal(found(".test"), NONE);
        assert_int_equal(found(".example.org"), NONE);
        assert_int_equal(found("example.org.evil"), NONE);
        assert_int_equal(found("xexample.org"), NONE);
        assert_int_equal(found("[::2]"), NONE);
        assert_int_equal(found("[::1"), NONE);
}

static void test_without_names_nobody_is_found(void **state)
{
        const struct site_names names = {0};
        size_t index;
        (void)state;
        assert_false(site_names_find(&names, SPAN_LITERAL("example.org"), &index));
}

static void test_what_can_be_a_name(void **state)
{
        static const char *const good[] = {
                "a",     "example.org", "*.example.org", "xn--bcher-kva.example",
                "[::1]", "10.0.0.1",    "a_b",           "*.org"};
        static const char *const bad[] = {"",          "*",    "*.",       ".a",      "a.",
                                          "a..b",      "a:80", "*.*.a",    "a*.org",  "a.*.org",
                                          "*.a.",      "*..a", "[::1]:80", "[::1",    "::1",
                                          "b\xc3\xbc", "a/b",  "a@b",      "*.[::1]", "a b"};
        (void)state;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                if (site_names_check(good[i]) != 0)
                        fail_msg("'%s' is a name", good[i]);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                if (site_names_check(bad[i]) != -EINVAL)
                        fail_msg("'%s' is no name", bad[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_whole_names),
                cmocka_unit_test(test_case_port_and_last_dot_do_not_count),
                cmocka_unit_test(test_the_longest_end_counts),
                cmocka_unit_test(test_unknown_names),
                cmocka_unit_test(test_without_names_nobody_is_found),
                cmocka_unit_test(test_what_can_be_a_name),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
