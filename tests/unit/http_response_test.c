#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include "http/response.h"

static void assert_head(const struct head *head, const char *expected)
{
        assert_false(head->overflow);
        assert_int_equal(head->length, strlen(expected));
        assert_memory_equal(head->data, expected, head->length);
}

static void heads_are_written(void **state)
{
        (void)state;
        char buffer[256];
        struct head head;

        head_start(&head, buffer, sizeof(buffer), HTTP_OK);
        head_field(&head, SPAN_LITERAL("Server"), SPAN_LITERAL("sluice"));
        head_field(&head, SPAN_LITERAL("Empty"), (struct span){0});
        head_number(&head, SPAN_LITERAL("Content-Length"), UINT64_MAX);
        head_date(&head, SPAN_LITERAL("Date"), 784111777);
        head_raw(&head, SPAN_LITERAL("A: b\r\nC: d\r\n"));
        head_end(&head);
        assert_head(&head, "HTTP/1.1 200 OK\r\n"
                           "Server: sluice\r\n"
                           "Empty: \r\n"
                           "Content-Length: 18446744073709551615\r\n"
                           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                           "A: b\r\nC: d\r\n\r\n");
}

static void status_lines_have_their_reason(void **state)
{
        (void)state;
        static const struct {
                enum http_status status;
                const char *line;
        } cases[] = {
                {HTTP_OK, "HTTP/1.1 200 OK\r\n"},
                {HTTP_PARTIAL_CONTENT, "HTTP/1.1 206 Partial Content\r\n"},
                {HTTP_NOT_MODIFIED, "HTTP/1.1 304 Not Modified\r\n"},
                {HTTP_NOT_FOUND, "HTTP/1.1 404 Not Found\r\n"},
                {HTTP_RANGE_NOT_SATISFIABLE, "HTTP/1.1 416 Range Not Satisfiable\r\n"},
                {(enum http_status)299, "HTTP/1.1 299 \r\n"},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char buffer[64];
                struct head head;
                head_start(&head, buffer, sizeof(buffer), cases[i].status);
                assert_head(&head, cases[i].line);
        }
}

static void write_sample(struct head *head, char *buffer, size_t capacity)
{
        head_start(head, buffer, capacity, HTTP_FORBIDDEN);
        head_field(head, SPAN_LITERAL("A"), SPAN_LITERAL("b"));
        head_number(head, SPAN_LITERAL("C"), 12);
        head_date(head, SPAN_LITERAL("Date"), 0);
        head_raw(head, SPAN_LITERAL("D: e\r\n"));
        head_end(head);
}

static void overflow_is_kept(void **state)
{
        (void)state;
        char buffer[256];
        struct head head;

        write_sample(&head, buffer, sizeof(buffer));
        assert_false(head.overflow);
        size_t needed = head.length;
        for (size_t capacity = 0; capacity < needed; capacity++) {
                memset(buffer, 'x', sizeof(buffer));
                write_sample(&head, buffer, capacity);
                assert_true(head.overflow);
                assert_true(head.length <= capacity);
                assert_int_equal(buffer[capacity], 'x');
        }
        write_sample(&head, buffer, needed);
        assert_false(head.overflow);
}

static void a_value_cannot_end_its_line(void **state)
{
        (void)state;
        static const struct span values[] = {
                SPAN_LITERAL("a\nb"),
                SPAN_LITERAL("a\r"),
                SPAN_LITERAL("\0"),
        };
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
                char buffer[64];
                struct head head;
                head_start(&head, buffer, sizeof(buffer), HTTP_OK);
                size_t length = head.length;
                head_field(&head, SPAN_LITERAL("Location"), values[i]);
                head_end(&head);
                assert_true(head.overflow);
                assert_int_equal(head.length, length);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(heads_are_written),
                cmocka_unit_test(status_lines_have_their_reason),
                cmocka_unit_test(overflow_is_kept),
                cmocka_unit_test(a_value_cannot_end_its_line),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
