#include "unit.h"

#include "http/field.h"

static const struct {
        const char *line, *name, *value; /* NULL: refused */
} cases[] = {
        {"X-Frame-Options: DENY", "X-Frame-Options", "DENY"},
        {"a:b", "a", "b"},
        {"a:  b c\t", "a", "b c"},
        {"a:", "a", ""},
        {"Link: </a>; rel=\"b: c\"", "Link", "</a>; rel=\"b: c\""},
        {"", NULL, NULL},
        {"a", NULL, NULL},
        {": b", NULL, NULL},
        {"a : b", NULL, NULL},
        {" a: b", NULL, NULL},
        {"a\r\nb: c", NULL, NULL},
        {"a: b\r\nc: d", NULL, NULL},
        {"a: b\nc", NULL, NULL},
        {"a: \x01", NULL, NULL},
};

static void test_lines(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct span name, value;
                int r = field_parse(span_of(cases[i].line), &name, &value);
                if ((r == 0) != (cases[i].name != NULL))
                        fail_msg("'%s'", cases[i].line);
                if (r < 0)
                        continue;
                assert_true(span_equal(name, span_of(cases[i].name)));
                assert_true(span_equal(value, span_of(cases[i].value)));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
