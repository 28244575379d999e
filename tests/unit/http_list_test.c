#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include "http/list.h"

static void elements_come_one_by_one(void **state)
{
        (void)state;
        static const struct {
                const char *list;
                const char *elements[4];
        } cases[] = {
                {"", {NULL}},
                {",", {NULL}},
                {" \t, ,,", {NULL}},
                {"a", {"a"}},
                {"a,b", {"a", "b"}},
                {" a\t, b c ,", {"a", "b c"}},
                {",,a,,b,\tc", {"a", "b", "c"}},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct span rest = span_of(cases[i].list), element;
                for (size_t k = 0; cases[i].elements[k]; k++) {
                        assert_true(list_next(&rest, &element));
                        assert_true(span_equal(element, span_of(cases[i].elements[k])));
                }
                assert_false(list_next(&rest, &element));
        }
}

static void trimming_takes_space_and_tab_alone(void **state)
{
        (void)state;
        assert_true(span_equal(list_trim(SPAN_LITERAL(" \t a b\t ")), SPAN_LITERAL("a b")));
        assert_true(span_equal(list_trim(SPAN_LITERAL(" \t ")), SPAN_LITERAL("")));
        assert_true(span_equal(list_trim(SPAN_LITERAL("\va\r")), SPAN_LITERAL("\va\r")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(elements_come_one_by_one),
                cmocka_unit_test(trimming_takes_space_and_tab_alone),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
