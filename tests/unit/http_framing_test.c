#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include <stdio.h>

#include "http/request.h"

#define LENGTH "Content-Length: "
#define CODING "Transfer-Encoding: "
#define COMPLETE ((enum http_status)0)

/* What framing_read makes of a head, through the parser that calls it. The fields
 * of the RFCs' HTTP/1.1 cases come with a Host, so that nothing else is wrong. */
static enum http_status framing(const char *line, const char *fields,
                                struct http_request *ret_request)
{
        static char head[1024];
        struct request_failure failure = {0};
        size_t head_length;
        int length = snprintf(head, sizeof(head), "%s\r\n%s\r\n", line, fields);

        enum request_state state =
                request_parse(head, (size_t)length, 0, ret_request, &head_length, &failure);
        assert_int_not_equal(state, REQUEST_INCOMPLETE);
        if (state == REQUEST_BAD)
                assert_non_null(failure.reason);
        return failure.status;
}

static void host_is_there_once_and_valid(void **state)
{
        (void)state;
        static const struct {
                const char *line, *fields;
                enum http_status status;
                const char *authority;
        } cases[] = {
                {"GET / HTTP/1.1", "Host: a:1\r\n", COMPLETE, "a:1"},
                {"GET / HTTP/1.1", "Host:\r\n", COMPLETE, ""},
                {"GET / HTTP/1.1", "", HTTP_BAD_REQUEST, NULL},
                {"GET / HTTP/1.0", "", COMPLETE, NULL},
                {"GET / HTTP/1.0", "Host: a\r\n", COMPLETE, "a"},
                {"GET / HTTP/1.0", "Host: a b\r\n", HTTP_BAD_REQUEST, NULL},
                {"GET / HTTP/1.0", "Host: a\r\nHost: a\r\n", HTTP_BAD_REQUEST, NULL},
                {"GET / HTTP/1.1", "Host: a\r\nHost: a\r\n", HTTP_BAD_REQUEST, NULL},
                {"GET / HTTP/1.1", "Host: a\r\nhost: b\r\n", HTTP_BAD_REQUEST, NULL},
                {"GET / HTTP/1.1", "Host: a/b\r\n", HTTP_BAD_REQUEST, NULL},
                {"GET / HTTP/1.1", "Host: u@a\r\n", HTTP_BAD_REQUEST, NULL},
                {"GET / HTTP/1.1", "Host: a, b\r\n", HTTP_BAD_REQUEST, NULL},
                {"GET http://b/ HTTP/1.1", "Host: a\r\n", COMPLETE, "b"},
                {"GET http://b/ HTTP/1.1", "", HTTP_BAD_REQUEST, NULL},
                {"GET http://b/ HTTP/1.1", "Host: a/\r\n", HTTP_BAD_REQUEST, NULL},
                {"GET http://b/ HTTP/1.0", "", COMPLETE, "b"},
                {"CONNECT c:1 HTTP/1.1", "Host: c:1\r\n", COMPLETE, "c:1"},
                {"OPTIONS * HTTP/1.1", "Host: a\r\n", COMPLETE, "a"},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct http_request request;
                enum http_status status = framing(cases[i].line, cases[i].fields, &request);
                if (status != cases[i].status)
                        fail_msg("%s, %s: %d", cases[i].line, cases[i].fields, (int)status);
                if (status != COMPLETE)
                        continue;
                if (cases[i].authority)
                        assert_true(request.authority.data &&
                                    span_equal(request.authority, span_of(cases[i].authority)));
                else
                        assert_null(request.authority.data);
        }
}

static void connection_decides_whether_it_lives_on(void **state)
{
        (void)state;
        static const struct {
                const char *version, *fields;
                bool keep_alive;
        } cases[] = {
                {"1.1", "", true},
                {"1.0", "", false},
                {"1.1", "Connection: close\r\n", false},
                {"1.1", "connection: CLOSE\r\n", false},
                {"1.1", "Connection: keep-alive\r\n", true},
                {"1.0", "Connection: Keep-Alive\r\n", true},
                {"1.0", "Connection: upgrade, keep-alive\r\n", true},
                {"1.0", "Connection: keep-alive, close\r\n", false},
                {"1.1", "Connection: close, keep-alive\r\n", false},
                {"1.1", "Connection: x\r\nConnection: close\r\n", false},
                {"1.1", "Connection: closed\r\n", true},
                {"1.1", "Connection:\r\n", true},
                {"1.1", "Connection: ,, close ,\r\n", false},
                {"1.1", "Proxy-Connection: close\r\n", true},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char line[32], fields[128];
                struct http_request request;
                snprintf(line, sizeof(line), "GET / HTTP/%s", cases[i].version);
                snprintf(fields, sizeof(fields), "Host: h\r\n%s", cases[i].fields);
                assert_int_equal(framing(line, fields, &request), COMPLETE);
                if (request.keep_alive != cases[i].keep_alive)
                        fail_msg("HTTP/%s, %s: %d", cases[i].version, cases[i].fields,
                                 request.keep_alive);
        }
}

static void bodies_have_one_clear_end(void **state)
{
        (void)state;
        static const struct {
                const char *version, *fields;
                enum http_status status;
                bool has_body, chunked;
                uint64_t content_length;
        } cases[] = {
                {"1.1", "", COMPLETE, false, false, 0},
                {"1.1", LENGTH "0\r\n", COMPLETE, false, false, 0},
                {"1.0", LENGTH "5\r\n", COMPLETE, true, false, 5},
                {"1.1", LENGTH "007\r\n", COMPLETE, true, false, 7},
                {"1.1", LENGTH "18446744073709551615\r\n", COMPLETE, true, false, UINT64_MAX},
                {"1.1", LENGTH "18446744073709551616\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "+5\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "-5\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "0x5\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "5 5\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "5, 5\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "5,\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "5.0\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "5\r\n" LENGTH "5\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "5\r\n" LENGTH "6\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", CODING "chunked\r\n", COMPLETE, true, true, 0},
                {"1.1", CODING "Chunked\r\n", COMPLETE, true, true, 0},
                {"1.1", CODING "gzip\r\n", HTTP_NOT_IMPLEMENTED, false, false, 0},
                {"1.1", CODING "gzip, chunked\r\n", HTTP_NOT_IMPLEMENTED, false, false, 0},
                {"1.1", CODING "chunked, chunked\r\n", HTTP_NOT_IMPLEMENTED, false, false, 0},
                {"1.1", CODING "chunked,\r\n", HTTP_NOT_IMPLEMENTED, false, false, 0},
                {"1.1", CODING "chunked;q=1\r\n", HTTP_NOT_IMPLEMENTED, false, false, 0},
                {"1.1", CODING "xchunked\r\n", HTTP_NOT_IMPLEMENTED, false, false, 0},
                {"1.1", CODING "identity\r\n", HTTP_NOT_IMPLEMENTED, false, false, 0},
                {"1.1", CODING "\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", CODING "chunked\r\n" CODING "chunked\r\n", HTTP_BAD_REQUEST, false, false,
                 0},
                {"1.1", CODING "chunked\r\n" CODING "gzip\r\n", HTTP_NOT_IMPLEMENTED, false, false,
                 0},
                {"1.1", CODING "chunked\r\n" LENGTH "5\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "5\r\n" CODING "chunked\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.1", LENGTH "5\r\n" CODING "gzip\r\n", HTTP_BAD_REQUEST, false, false, 0},
                {"1.0", CODING "chunked\r\n", HTTP_BAD_REQUEST, false, false, 0},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char line[32], fields[256];
                struct http_request request;
                snprintf(line, sizeof(line), "POST / HTTP/%s", cases[i].version);
                snprintf(fields, sizeof(fields), "Host: h\r\n%s", cases[i].fields);
                enum http_status status = framing(line, fields, &request);
                if (status != cases[i].status)
                        fail_msg("HTTP/%s, %s: %d", cases[i].version, cases[i].fields, (int)status);
                if (status != COMPLETE)
                        continue;
                assert_int_equal(request.has_body, cases[i].has_body);
                assert_int_equal(request.chunked, cases[i].chunked);
                assert_true(request.content_length == cases[i].content_length);
        }
}

static void expectations_are_known_or_refused(void **state)
{
        (void)state;
        static const struct {
                const char *version, *fields;
                enum http_status status;
                bool expect_continue;
        } cases[] = {
                {"1.1", LENGTH "5\r\nExpect: 100-continue\r\n", COMPLETE, true},
                {"1.1", CODING "chunked\r\nExpect: 100-Continue\r\n", COMPLETE, true},
                {"1.1", "Expect: 100-continue\r\n", COMPLETE, false},
                {"1.1", LENGTH "5\r\nExpect: 100-continue, 100-continue\r\n", COMPLETE, true},
                {"1.1", LENGTH "5\r\nExpect:\r\n", COMPLETE, false},
                {"1.1", LENGTH "5\r\nExpect: x\r\n", HTTP_EXPECTATION_FAILED, false},
                {"1.1", "Expect: 100-continue\r\nExpect: x\r\n", HTTP_EXPECTATION_FAILED, false},
                {"1.0", LENGTH "5\r\nExpect: 100-continue\r\n", COMPLETE, false},
                {"1.0", LENGTH "5\r\nExpect: x\r\n", COMPLETE, false},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char line[32], fields[256];
                struct http_request request;
                snprintf(line, sizeof(line), "POST / HTTP/%s", cases[i].version);
                snprintf(fields, sizeof(fields), "Host: h\r\n%s", cases[i].fields);
                assert_int_equal(framing(line, fields, &request), cases[i].status);
                if (cases[i].status == COMPLETE)
                        assert_int_equal(request.expect_continue, cases[i].expect_continue);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(host_is_there_once_and_valid),
                cmocka_unit_test(connection_decides_whether_it_lives_on),
                cmocka_unit_test(bodies_have_one_clear_end),
                cmocka_unit_test(expectations_are_known_or_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
