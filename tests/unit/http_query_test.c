#include "unit.h"

#include "http/query.h"

static const struct {
        const char *query, *value; /* NULL: absent */
} cases[] = {
        {"sort=size", "size"},
        {"sort=", ""},
        {"sort", ""},
        {"a=b&sort=size", "size"},
        {"sort=size&sort=name", "size"},
        {"sort=a=b", "a=b"},
        {"&&sort=x&", "x"},
        {"sort&a", ""},
        {"", NULL},
        {"&", NULL},
        {"sorts=x", NULL},
        {"sor=x", NULL},
        {"a=sort", NULL},
        {"=sort", NULL},
};

static void test_values(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct span value = query_value(span_of(cases[i].query), SPAN_LITERAL("sort"));
                if (!cases[i].value)
                        assert_null(value.data);
                else
                        assert_true(value.data && span_equal(value, span_of(cases[i].value)));
        }
        assert_null(query_value((struct span){0}, SPAN_LITERAL("sort")).data);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
