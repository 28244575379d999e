#include "unit.h"

#include "http/body.h"

static const struct {
        const char *body; /* and what stands behind it */
        size_t end; /* where it ends; 0: refused */
} chunked_cases[] = {
        {"0\r\n\r\nGET", 5},
        {"5\r\nhello\r\n0\r\n\r\nGET", 15},
        {"5;a=b\r\nhello\r\n0\r\n\r\n", 19},
        {"5 ;a=\"b c\"\r\nhello\r\n0;last\r\n\r\n", 29},
        {"00000001\r\nx\r\n0\r\n\r\nGET", 18},
        {"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", 35},
        {"0\r\nTrailer: x\r\nOther: y\r\n\r\nGET", 27},
        {"5 \t ;a\r\nhello\r\n0\r\nX:\r\n\r\n", 24},
        {"3 0xyz\r\nabc\r\n0\r\n\r\n", 0},
        {"5 \r\nhello\r\n0\r\n\r\n", 0},
        {"5\t5\r\nhello\r\n0\r\n\r\n", 0},
        {"5, 5\r\nhello\r\n0\r\n\r\n", 0},
        {"0\r\nTrailer\r\n\r\n", 0},
        {"0\r\nTrailer : x\r\n\r\n", 0},
        {"0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        {"\r\n", 0},
        {"g\r\n", 0},
        {"-1\r\n", 0},
        {"0x5\r\nhello\r\n", 0},
        {"000000001\r\nx\r\n", 0},
        {"ffffffff\r\nx", 0},
        {"10001\r\nx", 0},
        {"5\nhello\r\n0\r\n\r\n", 0},
        {"5\r\nhello0\r\n\r\n", 0},
        {"5\r\nhello\n0\r\n\r\n", 0},
        {"5\rhello", 0},
        {"5;a\nb\r\nhello", 0},
        {"0\r\n: x\r\n\r\n", 0},
        {"0\r\nTrailer: x\n\r\n", 0},
        {"0\r\n\rX", 0},
};

static enum body_result drop_in_steps(const struct http_request *request, const char *body,
                                      size_t length, size_t step, size_t *ret_end)
{
        struct body_drop drop;
        size_t end = 0, taken = 0;

        body_drop_begin(&drop, request);
        while (end < length) {
                size_t n = length - end < step ? length - end : step;
                enum body_result result = body_drop(&drop, body + end, n, &taken);
                end += taken;
                *ret_end = end;
                if (result != BODY_MORE)
                        return result;
                assert_int_equal(taken, n);
        }
        return BODY_MORE;
}

static void test_chunked(void **state)
{
        const struct http_request request = {.has_body = true, .chunked = true};
        (void)state;

        for (size_t i = 0; i < sizeof(chunked_cases) / sizeof(chunked_cases[0]); i++) {
                const char *body = chunked_cases[i].body;
                for (size_t step = 1; step < 9; step++) {
                        size_t end = 0;
                        enum body_result result =
                                drop_in_steps(&request, body, strlen(body), step, &end);
                        if (chunked_cases[i].end == 0) {
                                assert_int_equal(result, BODY_REFUSED);
                        } else {
                                assert_int_equal(result, BODY_END);
                                assert_int_equal(end, chunked_cases[i].end);
                        }
                }
        }
}

static void test_counted(void **state)
{
        const struct http_request request = {.has_body = true, .content_length = 10};
        (void)state;

        for (size_t step = 1; step < 14; step++) {
                size_t end = 0;
                assert_int_equal(drop_in_steps(&request, "0123456789GET", 13, step, &end),
                                 BODY_END);
                assert_int_equal(end, 10);
        }
        size_t end = 0;
        assert_int_equal(drop_in_steps(&request, "012345678", 9, 4, &end), BODY_MORE);
}

static void test_endless_chunks_are_refused(void **state)
{
        const struct http_request request = {.has_body = true, .chunked = true};
        struct body_drop drop;
        size_t taken, sent = 0;
        enum body_result result = BODY_MORE;
        (void)state;

        body_drop_begin(&drop, &request);
        for (; result == BODY_MORE && sent < 2 * BODY_DROP_MAX; sent += 6)
                result = body_drop(&drop, "1\r\nx\r\n", 6, &taken);
        assert_int_equal(result, BODY_REFUSED);
        assert_in_range(sent, BODY_DROP_MAX, BODY_DROP_MAX + 6);
}

static void test_what_can_be_dropped(void **state)
{
        struct http_request request = {.has_body = true, .content_length = BODY_DROP_MAX};
        (void)state;

        assert_true(body_can_be_dropped(&request));
        request.expect_continue = true;
        assert_false(body_can_be_dropped(&request));
        request.expect_continue = false;
        request.content_length++;
        assert_false(body_can_be_dropped(&request));
        request.content_length = 0;
        request.chunked = true;
        assert_true(body_can_be_dropped(&request));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_chunked),
                cmocka_unit_test(test_counted),
                cmocka_unit_test(test_endless_chunks_are_refused),
                cmocka_unit_test(test_what_can_be_dropped),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
