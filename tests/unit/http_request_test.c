#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include <stdio.h>

#include "http/request.h"

#define HOST "Host: h\r\n"
#define REST " / HTTP/1.1\r\n" HOST "\r\n"
#define COMPLETE ((enum http_status)0)

static struct http_request request;
static struct request_failure failure;

static enum request_state parse(struct span head, size_t *ret_head_length)
{
        failure = (struct request_failure){0};
        return request_parse(head.data, head.length, 0, &request, ret_head_length, &failure);
}

static void assert_status(struct span head, enum http_status status)
{
        size_t head_length = 0;
        enum request_state state = parse(head, &head_length);

        if (state == REQUEST_INCOMPLETE || failure.status != status)
                fail_msg("%.*s: state %d, status %d (%s)", (int)head.length, head.data, state,
                         (int)failure.status, failure.reason ? failure.reason : "");
        if (state == REQUEST_BAD)
                assert_true(failure.reason[strlen(failure.reason) - 1] == '.');
        else
                assert_int_equal(head_length, head.length);
}

static const struct {
        struct span head;
        enum http_status status;
} grammar_cases[] = {
        {SPAN_LITERAL("GET" REST), COMPLETE},
        {SPAN_LITERAL("GET /a/b?c=%d HTTP/1.0\r\n\r\n"), COMPLETE},
        {SPAN_LITERAL("BREW" REST), COMPLETE},
        {SPAN_LITERAL("get" REST), COMPLETE},
        {SPAN_LITERAL("M-SEARCH!#$%&'*+.^_`|~" REST), COMPLETE},
        {SPAN_LITERAL("ABCDEFGHIJKLMNOPQRSTUVWX" REST), COMPLETE},
        {SPAN_LITERAL("ABCDEFGHIJKLMNOPQRSTUVWXY" REST), HTTP_NOT_IMPLEMENTED},
        {SPAN_LITERAL(" GET" REST), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET(" REST), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("G\xc3\xa4T" REST), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("\x16\x03\x01\x02"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("\0"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("\n" REST), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET  / HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET /  HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1 \r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET /a b HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET  HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET /\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / \r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET /#f HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET /\x7f HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.2\r\n" HOST "\r\n"), COMPLETE},
        {SPAN_LITERAL("GET / HTTP/0.9\r\n" HOST "\r\n"), HTTP_VERSION_NOT_SUPPORTED},
        {SPAN_LITERAL("GET / HTTP/2.0\r\n" HOST "\r\n"), HTTP_VERSION_NOT_SUPPORTED},
        {SPAN_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HTTP_VERSION_NOT_SUPPORTED},
        {SPAN_LITERAL("GET / HTTP/1.10\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/11.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.x\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / http/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\r\n" HOST "\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\rHost: h\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\nHost: h\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "\rX"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "A: b\x7f\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "A: b\x01\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "A: b\tc \xc3\xa4\r\n\r\n"), COMPLETE},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "A:\r\n\r\n"), COMPLETE},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n Host: h\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n\tHost: h\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\nHost : h\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "A\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "A(b): c\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "\xc3\xa4: c\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "A\0: c\r\n\r\n"), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("\r\n\r\nGET" REST), COMPLETE},
        {SPAN_LITERAL("\r\n\r\n\r\n\r\nGET" REST), COMPLETE},
        {SPAN_LITERAL("\r\n\r\n\r\n\r\n\r\nGET" REST), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("\rGET" REST), HTTP_BAD_REQUEST},
        {SPAN_LITERAL("\r\n\nGET" REST), HTTP_BAD_REQUEST},
};

static void lines_and_fields_follow_the_grammar(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(grammar_cases) / sizeof(grammar_cases[0]); i++)
                assert_status(grammar_cases[i].head, grammar_cases[i].status);
}

static void targets_fit_their_method(void **state)
{
        (void)state;
        static const struct {
                const char *start;
                enum http_status status;
        } cases[] = {
                {"GET http://h/", COMPLETE},
                {"GET http://h:80", COMPLETE},
                {"GET ftp://h/", COMPLETE}, /* path_from_target says no */
                {"GET http://", HTTP_BAD_REQUEST},
                {"GET http:///a", HTTP_BAD_REQUEST},
                {"GET http://u@h/", HTTP_BAD_REQUEST},
                {"GET http://h:x/", HTTP_BAD_REQUEST},
                {"GET *", HTTP_BAD_REQUEST},
                {"GET h:80", HTTP_BAD_REQUEST},
                {"GET a/b", HTTP_BAD_REQUEST},
                {"OPTIONS *", COMPLETE},
                {"OPTIONS /", COMPLETE},
                {"OPTIONS **", HTTP_BAD_REQUEST},
                {"CONNECT h:80", COMPLETE},
                {"CONNECT [::1]:80", COMPLETE},
                {"CONNECT h", HTTP_BAD_REQUEST},
                {"CONNECT h:", HTTP_BAD_REQUEST},
                {"CONNECT [::1]", HTTP_BAD_REQUEST},
                {"CONNECT /", HTTP_BAD_REQUEST},
                {"CONNECT http://h/", HTTP_BAD_REQUEST},
                {"CONNECT *", HTTP_BAD_REQUEST},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char head[128];
                int length =
                        snprintf(head, sizeof(head), "%s HTTP/1.1\r\n" HOST "\r\n", cases[i].start);
                assert_status((struct span){head, (size_t)length}, cases[i].status);
        }
}

static void methods_are_known(void **state)
{
        (void)state;
        static const struct {
                const char *head;
                enum http_method method;
        } cases[] = {
                {"GET" REST, HTTP_GET},          {"HEAD" REST, HTTP_HEAD},
                {"POST" REST, HTTP_POST},        {"PUT" REST, HTTP_PUT},
                {"PATCH" REST, HTTP_PATCH},      {"DELETE" REST, HTTP_DELETE},
                {"OPTIONS" REST, HTTP_OPTIONS},  {"TRACE" REST, HTTP_TRACE},
                {"get" REST, HTTP_METHOD_OTHER}, {"GETS" REST, HTTP_METHOD_OTHER},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_status(span_of(cases[i].head), COMPLETE);
                assert_int_equal(request.method, cases[i].method);
                assert_true(span_equal(request.method_token,
                                       (struct span){cases[i].head, strcspn(cases[i].head, " ")}));
        }
}

static void fields_are_found_by_name(void **state)
{
        (void)state;
        static const char *const names[REQUEST_FIELD_COUNT] = {
                [REQUEST_FIELD_OTHER] = "X-Other",
                [REQUEST_HOST] = "hOST",
                [REQUEST_CONNECTION] = "connection",
                [REQUEST_CONTENT_LENGTH] = "content-length",
                [REQUEST_EXPECT] = "Expect",
                [REQUEST_RANGE] = "Range",
                [REQUEST_IF_RANGE] = "If-Range",
                [REQUEST_IF_MATCH] = "If-Match",
                [REQUEST_IF_NONE_MATCH] = "If-None-Match",
                [REQUEST_IF_MODIFIED_SINCE] = "If-Modified-Since",
                [REQUEST_IF_UNMODIFIED_SINCE] = "If-Unmodified-Since",
                [REQUEST_ACCEPT] = "Accept",
                [REQUEST_ACCEPT_ENCODING] = "Accept-Encoding",
                [REQUEST_AUTHORIZATION] = "Authorization",
                [REQUEST_ORIGIN] = "Origin",
                [REQUEST_REFERER] = "Referer",
                [REQUEST_USER_AGENT] = "USER-AGENT",
        };
        char head[2048];
        int length = snprintf(head, sizeof(head), "GET / HTTP/1.1\r\n");
        size_t sent = 0;
        for (size_t i = 0; i < REQUEST_FIELD_COUNT; i++)
                if (names[i]) {
                        const char *value = i == REQUEST_EXPECT ? "100-continue" : "7";
                        length += snprintf(head + length, sizeof(head) - (size_t)length,
                                           "%s:\t %s \t\r\n", names[i], value);
                        sent++;
                }
        length += snprintf(head + length, sizeof(head) - (size_t)length, "\r\n");
        assert_status((struct span){head, (size_t)length}, COMPLETE);

        assert_int_equal(request.field_count, sent);
        assert_null(request.known[REQUEST_FIELD_OTHER].data);
        assert_null(request.known[REQUEST_TRANSFER_ENCODING].data);
        for (size_t i = 0; i < request.field_count; i++) {
                enum request_field known = request.fields[i].known;
                assert_true(span_equal(request.fields[i].name, span_of(names[known])));
                if (known != REQUEST_FIELD_OTHER)
                        assert_true(request.fields[i].value.data == request.known[known].data);
                assert_int_equal(request.fields[i].value.length, known == REQUEST_EXPECT ? 12 : 1);
        }
        assert_status(SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "Accept: a\r\nAccept: b\r\n\r\n"),
                      COMPLETE);
        assert_true(span_equal(request.known[REQUEST_ACCEPT], SPAN_LITERAL("a")));
}

/* prefix, then fill bytes 'a', then suffix. */
static struct span filled(const char *prefix, size_t fill, const char *suffix)
{
        static char head[REQUEST_HEAD_MAX * 2];
        size_t before = strlen(prefix), after = strlen(suffix);
        assert_true(before + fill + after <= sizeof(head));
        memcpy(head, prefix, before);
        memset(head + before, 'a', fill);
        memcpy(head + before + fill, suffix, after);
        return (struct span){head, before + fill + after};
}

static void limits_are_exact(void **state)
{
        (void)state;
        const size_t line = REQUEST_LINE_MAX - strlen("GET / HTTP/1.1");
        assert_status(filled("GET /", line, " HTTP/1.1\r\n" HOST "\r\n"), COMPLETE);
        assert_status(filled("GET /", line + 1, " HTTP/1.1\r\n" HOST "\r\n"), HTTP_URI_TOO_LONG);
        assert_status(filled("GET /", REQUEST_LINE_MAX, ""), HTTP_URI_TOO_LONG);
        assert_status(filled("\r\nGET /", line, " HTTP/1.1\r\n" HOST "\r\n"), COMPLETE);
        assert_status(filled("", (size_t)REQUEST_LINE_MAX * 2, ""), HTTP_URI_TOO_LONG);

        static const char start[] = "GET / HTTP/1.1\r\n" HOST "A: ";
        const size_t value = REQUEST_HEAD_MAX - strlen(start) - 4;
        assert_status(filled(start, value, "\r\n\r\n"), COMPLETE);
        assert_status(filled(start, value + 1, "\r\n\r\n"), HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_status(filled(start, value + 2, "\r\n\r\n"), HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_status(filled(start, value + 3, "\r\n\r\n"), HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_status(filled(start, value + 4, "\r\n\r\n"), HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_status(filled("GET / HTTP/1.1\r\n", REQUEST_HEAD_MAX, ""),
                      HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);

        char head[1024];
        for (size_t fields = REQUEST_FIELDS_MAX; fields <= REQUEST_FIELDS_MAX + 1; fields++) {
                size_t length = (size_t)snprintf(head, sizeof(head), "GET / HTTP/1.1\r\n" HOST);
                for (size_t i = 1; i < fields; i++, length += 6)
                        memcpy(head + length, "A: b\r\n", 6);
                memcpy(head + length, "\r\n", 2);
                assert_status((struct span){head, length + 2},
                              fields == REQUEST_FIELDS_MAX ? COMPLETE
                                                           : HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
}

static void a_refused_request_can_be_logged(void **state)
{
        (void)state;
        assert_status(SPAN_LITERAL("GET /x HTTP/1.1\r\nbad\r\n\r\n"), HTTP_BAD_REQUEST);
        assert_true(span_equal(request.method_token, SPAN_LITERAL("GET")));
        assert_true(span_equal(request.target, SPAN_LITERAL("/x")));
        assert_status(SPAN_LITERAL("GET \x01"), HTTP_BAD_REQUEST);
        assert_true(span_equal(request.method_token, SPAN_LITERAL("GET")));
        assert_null(request.target.data);
        assert_status(SPAN_LITERAL("("), HTTP_BAD_REQUEST);
        assert_null(request.method_token.data);
}

static void every_prefix_is_incomplete(void **state)
{
        (void)state;
        static const char head[] = "\r\nGET /a HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\nGET ";
        const size_t complete = sizeof(head) - 1 - 4;
        size_t head_length = 0;

        for (size_t length = 0; length < complete; length++) {
                assert_int_equal(parse((struct span){head, length}, &head_length),
                                 REQUEST_INCOMPLETE);
                for (size_t seen = 0; seen <= length; seen++)
                        assert_int_equal(
                                request_parse(head, length, seen, &request, &head_length, &failure),
                                REQUEST_INCOMPLETE);
        }
        for (size_t seen = 0; seen < complete; seen++) {
                head_length = 0;
                assert_int_equal(request_parse(head, sizeof(head) - 1, seen, &request, &head_length,
                                               &failure),
                                 REQUEST_COMPLETE);
                assert_int_equal(head_length, complete);
        }
        assert_int_equal(request_parse(NULL, 0, 0, &request, &head_length, &failure),
                         REQUEST_INCOMPLETE);
}

/* Bytes that arrive one at a time pass the limits, too. */
static void limits_hold_byte_by_byte(void **state)
{
        (void)state;
        static const struct {
                const char *start;
                enum http_status status;
                size_t length;
        } cases[] = {
                {"GET /", HTTP_URI_TOO_LONG, REQUEST_LINE_MAX + 2},
                {"\r\n\r\nGET /", HTTP_URI_TOO_LONG, REQUEST_LINE_MAX + 6},
                {"GET / HTTP/1.1\r\nA: ", HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, REQUEST_HEAD_MAX},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct span head = filled(cases[i].start, REQUEST_HEAD_MAX, "");
                size_t length = 0, head_length;
                enum request_state result = REQUEST_INCOMPLETE;
                while (result == REQUEST_INCOMPLETE && length < head.length) {
                        length++;
                        result = request_parse(head.data, length, length - 1, &request,
                                               &head_length, &failure);
                }
                assert_int_equal(result, REQUEST_BAD);
                assert_int_equal(failure.status, cases[i].status);
                assert_int_equal(length, cases[i].length);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines_and_fields_follow_the_grammar),
                cmocka_unit_test(targets_fit_their_method),
                cmocka_unit_test(methods_are_known),
                cmocka_unit_test(fields_are_found_by_name),
                cmocka_unit_test(limits_are_exact),
                cmocka_unit_test(a_refused_request_can_be_logged),
                cmocka_unit_test(every_prefix_is_incomplete),
                cmocka_unit_test(limits_hold_byte_by_byte),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
