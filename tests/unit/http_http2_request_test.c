#include "unit.h"

#include "http/http2_request.h"

static struct http2_request request;

static void add(const char *name, const char *value)
{
        http2_request_add(&request, span_of(name), span_of(value));
}

static void begin(const char *method, const char *path, const char *authority)
{
        http2_request_begin(&request);
        add(":method", method);
        add(":scheme", "http");
        if (path)
                add(":path", path);
        if (authority)
                add(":authority", authority);
}

static void assert_span(struct span span, const char *text)
{
        assert_non_null(span.data);
        assert_int_equal(span.length, strlen(text));
        assert_memory_equal(span.data, text, span.length);
}

static void a_request_is_as_in_http1(void **state)
{
        (void)state;
        begin("GET", "/a?b", "example.org:8080");
        add("range", "bytes=0-9");
        add("x-other", "");
        assert_true(http2_request_end(&request, false));

        const struct http_request *head = &request.request;
        assert_int_equal(head->method, HTTP_GET);
        assert_int_equal(head->major_version, 2);
        assert_int_equal(head->minor_version, 1);
        assert_span(head->target, "/a?b");
        assert_span(head->authority, "example.org:8080");
        assert_span(head->known[REQUEST_RANGE], "bytes=0-9");
        assert_int_equal(head->field_count, 2);
        assert_true(head->keep_alive);
        assert_false(head->has_body);
}

static void a_copy_stands_alone(void **state)
{
        (void)state;
        begin("GET", "/a", "h");
        add("accept", "text/html");
        assert_true(http2_request_end(&request, false));
        struct http2_request *same = http2_request_copy(&request);
        assert_non_null(same);
        memset(&request, 'x', sizeof(request));

        assert_span(same->request.target, "/a");
        assert_span(same->request.authority, "h");
        assert_span(same->request.known[REQUEST_ACCEPT], "text/html");
        assert_span(same->request.fields[0].name, "accept");
        assert_null(same->request.known[REQUEST_RANGE].data);
        free(same);
}

static void authorities(void **state)
{
        (void)state;
        begin("GET", "/", NULL);
        add("host", "h");
        assert_true(http2_request_end(&request, false));
        assert_span(request.request.authority, "h");

        begin("GET", "/", "a");
        add("host", "A");
        assert_true(http2_request_end(&request, false));

        static const struct {
                const char *authority, *host;
        } bad[] = {{NULL, NULL}, {"a", "b"}, {"u@a", NULL}, {"a:99999", NULL}, {"a/", NULL}};
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                begin("GET", "/", bad[i].authority);
                if (bad[i].host)
                        add("host", bad[i].host);
                assert_false(http2_request_end(&request, false));
                assert_int_equal(request.failure.status, HTTP_BAD_REQUEST);
        }
}

static void targets(void **state)
{
        (void)state;
        static const struct {
                const char *method, *path;
                enum http_status status; /* 0: it is right */
        } cases[] = {
                {"GET", "/", 0},
                {"OPTIONS", "*", 0},
                {"CONNECT", NULL, 0},
                {"GET", "*", HTTP_BAD_REQUEST},
                {"GET", "a", HTTP_BAD_REQUEST},
                {"GET", "", HTTP_BAD_REQUEST},
                {"GET", NULL, HTTP_BAD_REQUEST},
                {"GET", "/a#b", HTTP_BAD_REQUEST},
                {"GET", "/a b", HTTP_BAD_REQUEST},
                {"GET", "/\xc3\xa4", HTTP_BAD_REQUEST},
                {"GE T", "/", HTTP_BAD_REQUEST},
                {"", "/", HTTP_BAD_REQUEST},
                {"ABCDEFGHIJKLMNOPQRSTUVWXY", "/", HTTP_NOT_IMPLEMENTED},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                begin(cases[i].method, cases[i].path, "a:1");
                assert_int_equal(http2_request_end(&request, false), cases[i].status == 0);
                assert_int_equal(request.failure.status, cases[i].status);
        }
}

static void bodies(void **state)
{
        (void)state;
        begin("POST", "/", "a");
        add("content-length", "12");
        assert_true(http2_request_end(&request, true));
        assert_true(request.request.has_body);
        assert_false(request.request.chunked);
        assert_int_equal(request.request.content_length, 12);

        begin("POST", "/", "a");
        assert_true(http2_request_end(&request, true));
        assert_true(request.request.has_body && request.request.chunked);

        begin("POST", "/", "a");
        add("content-length", "1 2");
        assert_false(http2_request_end(&request, true));
}

static void limits(void **state)
{
        (void)state;
        static char long_text[REQUEST_HEAD_MAX + 1];
        memset(long_text, 'a', REQUEST_HEAD_MAX);

        begin("GET", NULL, "a");
        long_text[0] = '/';
        http2_request_add(&request, SPAN_LITERAL(":path"),
                          (struct span){long_text, REQUEST_LINE_MAX + 1});
        assert_false(http2_request_end(&request, false));
        assert_int_equal(request.failure.status, HTTP_URI_TOO_LONG);

        begin("GET", "/", "a");
        add("x", long_text);
        assert_false(http2_request_end(&request, false));
        assert_int_equal(request.failure.status, HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_true(request.sent > REQUEST_HEAD_MAX && request.length < 100);

        begin("GET", "/", "a");
        for (int i = 0; i < REQUEST_FIELDS_MAX; i++)
                add("x", "y");
        assert_null(request.failure.reason);
        add("x", "y");
        assert_false(http2_request_end(&request, false));
        assert_int_equal(request.failure.status, HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_request_is_as_in_http1),
                cmocka_unit_test(a_copy_stands_alone),
                cmocka_unit_test(authorities),
                cmocka_unit_test(targets),
                cmocka_unit_test(bodies),
                cmocka_unit_test(limits),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
