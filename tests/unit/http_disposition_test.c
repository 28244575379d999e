#include "unit.h"

#include "http/disposition.h"

static void assert_disposition(const char *name, const char *expected)
{
        struct text text = {0};
        disposition_write(&text, span_of(name));
        assert_false(text.failed);
        assert_int_equal(text.length, strlen(expected));
        assert_memory_equal(text.data, expected, text.length);
        text_done(&text);
}

static void names_are_said_in_both_ways(void **state)
{
        (void)state;
        assert_disposition("film.mkv", "inline; filename=\"film.mkv\"; filename*=UTF-8''film.mkv");
        assert_disposition("a \"b\"\\%41;\r\n.txt",
                           "inline; filename=\"a _b___41;__.txt\"; "
                           "filename*=UTF-8''a%20%22b%22%5C%2541%3B%0D%0A.txt");
        assert_disposition("\xc3\xa4", "inline; filename=\"__\"; filename*=UTF-8''%C3%A4");
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_said_in_both_ways)};
        return cmocka_run_group_tests(tests, NULL, NULL);
}
