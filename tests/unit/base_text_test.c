#include "unit.h"

#include "base/text.h"

static void it_grows(void **state)
{
        (void)state;
        struct text text = {0};
        for (int i = 0; i < 1000; i++)
                text_printf(&text, "%d,", i);
        assert_false(text.failed);
        assert_int_equal(text.length, 10 * 2 + 90 * 3 + 900 * 4);
        assert_memory_equal(text.data, "0,1,2,", 6);
        assert_memory_equal(text.data + text.length - 4, "999,", 4);
        text_done(&text);
        assert_int_equal(text.length, 0);
}

static void what_is_too_much_is_remembered(void **state)
{
        (void)state;
        struct text text = {0};
        text_puts(&text, "kept");
        assert_null(text_room(&text, (size_t)1 << 62));
        assert_true(text.failed);
        text_puts(&text, "lost");
        assert_int_equal(text.length, 4);
        text_done(&text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_grows),
                cmocka_unit_test(what_is_too_much_is_remembered),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
