#include "unit.h"

#include "http/http2_head.h"
#include "http/response.h"

static void assert_field(const nghttp2_nv *field, const char *name, const char *value)
{
        assert_int_equal(field->namelen, strlen(name));
        assert_memory_equal(field->name, name, field->namelen);
        assert_int_equal(field->valuelen, strlen(value));
        assert_memory_equal(field->value, value, field->valuelen);
}

static void a_head_becomes_fields(void **state)
{
        (void)state;
        char buffer[512];
        struct head head;
        nghttp2_nv fields[HTTP2_HEAD_FIELDS_MAX];
        size_t count = 0;

        head_start(&head, buffer, sizeof(buffer), HTTP_NOT_FOUND);
        head_field(&head, SPAN_LITERAL("ETag"), SPAN_LITERAL("\"a:b\""));
        head_field(&head, SPAN_LITERAL("X-Empty"), SPAN_LITERAL(""));
        head_field(&head, SPAN_LITERAL("Connection"), SPAN_LITERAL("close"));
        head_number(&head, SPAN_LITERAL("Content-Length"), 42);
        head_end(&head);
        assert_true(http2_head_read((struct span){head.data, head.length}, fields, &count));
        assert_int_equal(count, 4);
        assert_field(&fields[0], ":status", "404");
        assert_field(&fields[1], "ETag", "\"a:b\"");
        assert_field(&fields[2], "X-Empty", "");
        assert_field(&fields[3], "Content-Length", "42");
}

static void no_more_than_there_is_room_for(void **state)
{
        (void)state;
        for (int lines = HTTP2_HEAD_FIELDS_MAX - 1; lines <= HTTP2_HEAD_FIELDS_MAX; lines++) {
                char buffer[2048];
                struct head head;
                nghttp2_nv fields[HTTP2_HEAD_FIELDS_MAX];
                size_t count = 0;

                head_start(&head, buffer, sizeof(buffer), HTTP_OK);
                for (int i = 0; i < lines; i++)
                        head_field(&head, SPAN_LITERAL("A"), SPAN_LITERAL("b"));
                head_end(&head);
                assert_int_equal(
                        http2_head_read((struct span){head.data, head.length}, fields, &count),
                        lines < HTTP2_HEAD_FIELDS_MAX);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_head_becomes_fields),
                cmocka_unit_test(no_more_than_there_is_room_for),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
