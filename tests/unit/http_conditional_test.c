#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include <stdio.h>

#include "http/conditional.h"

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define MODIFIED INT64_C(784111777)
#define NOW (MODIFIED + 1000)
#define SAME "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

static const struct validators strong = {SPAN_LITERAL("\"a\""), MODIFIED};
static const struct validators weak = {SPAN_LITERAL("W/\"a\""), MODIFIED};
static const struct validators bare = {{NULL, 0}, MODIFIED_UNKNOWN};

static struct http_request parse(const char *method, const char *fields, char *buffer, size_t size)
{
        struct http_request request;
        size_t head_length;
        struct request_failure failure;
        int length = snprintf(buffer, size, "%s / HTTP/1.1\r\nHost: h\r\n%s\r\n", method, fields);
        assert_true(length > 0 && (size_t)length < size);
        assert_int_equal(request_parse(buffer, (size_t)length, 0, &request, &head_length, &failure),
                         REQUEST_COMPLETE);
        return request;
}

#define MATCH "If-Match: "
#define NONE "If-None-Match: "
#define SINCE "If-Modified-Since: "
#define UNTIL "If-Unmodified-Since: "
#define END "\r\n"

static const struct {
        const char *method, *fields;
        const struct validators *validators;
        enum http_status status;
} cases[] = {
        {"GET", "", &strong, HTTP_OK},
        /* If-Match: strong comparison. */
        {"GET", MATCH "\"a\"" END, &strong, HTTP_OK},
        {"GET", MATCH "\"b\"" END, &strong, HTTP_PRECONDITION_FAILED},
        {"GET", MATCH "\"A\"" END, &strong, HTTP_PRECONDITION_FAILED},
        {"GET", MATCH "\"b\", \"a\"" END, &strong, HTTP_OK},
        {"GET", MATCH "\"b\"" END MATCH "\"a\"" END, &strong, HTTP_OK},
        {"GET", MATCH "*" END, &strong, HTTP_OK},
        {"GET", MATCH "*" END, &bare, HTTP_OK},
        {"GET", MATCH "\"a\"" END, &bare, HTTP_PRECONDITION_FAILED},
        {"GET", MATCH "W/\"a\"" END, &strong, HTTP_PRECONDITION_FAILED},
        {"GET", MATCH "W/\"a\"" END, &weak, HTTP_PRECONDITION_FAILED},
        {"GET", MATCH "\"a\"" END, &weak, HTTP_PRECONDITION_FAILED},
        {"GET", MATCH END, &strong, HTTP_PRECONDITION_FAILED},
        {"GET", MATCH "a" END, &strong, HTTP_PRECONDITION_FAILED},
        {"GET", MATCH "\"a" END, &strong, HTTP_PRECONDITION_FAILED},
        {"HEAD", MATCH "\"b\"" END, &strong, HTTP_PRECONDITION_FAILED},
        {"PUT", MATCH "\"b\"" END, &strong, HTTP_PRECONDITION_FAILED},
        /* If-Unmodified-Since: only without If-Match. */
        {"GET", UNTIL SAME END, &strong, HTTP_OK},
        {"GET", UNTIL AFTER END, &strong, HTTP_OK},
        {"GET", UNTIL BEFORE END, &strong, HTTP_PRECONDITION_FAILED},
        {"GET", UNTIL BEFORE END, &bare, HTTP_OK},
        {"GET", UNTIL "yesterday" END, &strong, HTTP_OK},
        {"GET", UNTIL BEFORE END UNTIL BEFORE END, &strong, HTTP_OK},
        {"GET", MATCH "\"a\"" END UNTIL BEFORE END, &strong, HTTP_OK},
        {"PUT", UNTIL BEFORE END, &strong, HTTP_PRECONDITION_FAILED},
        /* If-None-Match: weak comparison. */
        {"GET", NONE "\"a\"" END, &strong, HTTP_NOT_MODIFIED},
        {"HEAD", NONE "\"a\"" END, &strong, HTTP_NOT_MODIFIED},
        {"PUT", NONE "\"a\"" END, &strong, HTTP_PRECONDITION_FAILED},
        {"GET", NONE "W/\"a\"" END, &strong, HTTP_NOT_MODIFIED},
        {"GET", NONE "\"a\"" END, &weak, HTTP_NOT_MODIFIED},
        {"GET", NONE "W/\"a\"" END, &weak, HTTP_NOT_MODIFIED},
        {"GET", NONE "w/\"a\"" END, &weak, HTTP_OK},
        {"GET", NONE "\"b\"" END, &strong, HTTP_OK},
        {"GET", NONE "*" END, &strong, HTTP_NOT_MODIFIED},
        {"GET", NONE "*" END, &bare, HTTP_NOT_MODIFIED},
        {"PUT", NONE "*" END, &strong, HTTP_PRECONDITION_FAILED},
        {"GET", NONE "\"x,\", , W/\"y\",\"a\"" END, &strong, HTTP_NOT_MODIFIED},
        {"GET", NONE "\"b\"" END NONE "\"a\"" END, &strong, HTTP_NOT_MODIFIED},
        {"GET", NONE "\"a\", junk" END, &strong, HTTP_NOT_MODIFIED},
        {"GET", NONE "junk, \"a\"" END, &strong, HTTP_OK},
        {"GET", NONE "\"b \"a\"" END, &strong, HTTP_OK},
        {"GET", NONE "W/" END, &strong, HTTP_OK},
        {"GET", NONE END, &strong, HTTP_OK},
        /* If-Modified-Since: only without If-None-Match, only for GET and HEAD. */
        {"GET", SINCE SAME END, &strong, HTTP_NOT_MODIFIED},
        {"HEAD", SINCE SAME END, &strong, HTTP_NOT_MODIFIED},
        {"GET", SINCE AFTER END, &strong, HTTP_NOT_MODIFIED},
        {"GET", SINCE "Sunday, 06-Nov-94 08:49:37 GMT" END, &strong, HTTP_NOT_MODIFIED},
        {"GET", SINCE "Sun Nov  6 08:49:37 1994" END, &strong, HTTP_NOT_MODIFIED},
        {"GET", SINCE BEFORE END, &strong, HTTP_OK},
        {"GET", SINCE SAME END, &bare, HTTP_OK},
        {"GET", SINCE "0" END, &strong, HTTP_OK},
        {"GET", SINCE SAME END SINCE SAME END, &strong, HTTP_OK},
        {"PUT", SINCE SAME END, &strong, HTTP_OK},
        {"GET", NONE "\"b\"" END SINCE SAME END, &strong, HTTP_OK},
        {"GET", NONE "\"a\"" END SINCE BEFORE END, &strong, HTTP_NOT_MODIFIED},
        /* All together, in the order of 13.2.2. */
        {"GET", MATCH "\"b\"" END NONE "\"a\"" END, &strong, HTTP_PRECONDITION_FAILED},
        {"GET", NONE "\"a\"" END MATCH "\"a\"" END, &strong, HTTP_NOT_MODIFIED},
        {"GET", UNTIL BEFORE END SINCE SAME END, &strong, HTTP_PRECONDITION_FAILED},
        {"GET", UNTIL AFTER END SINCE SAME END, &strong, HTTP_NOT_MODIFIED},
        {"OPTIONS", MATCH "\"b\"" END, &strong, HTTP_OK},
        {"TRACE", MATCH "\"b\"" END, &strong, HTTP_OK},
};

static void preconditions_are_evaluated_in_order(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char buffer[512];
                struct http_request request =
                        parse(cases[i].method, cases[i].fields, buffer, sizeof(buffer));
                enum http_status status = conditional_evaluate(&request, cases[i].validators, NOW);
                if (status != cases[i].status)
                        fail_msg("%s %s: %d", cases[i].method, cases[i].fields, (int)status);
        }
}

static void if_range_wants_a_strong_match(void **state)
{
        (void)state;
        static const struct {
                const char *fields;
                const struct validators *validators;
                int64_t now;
                bool applies;
        } range_cases[] = {
                {"", &strong, NOW, true},
                {"If-Range: \"a\"" END, &strong, NOW, true},
                {"If-Range: \"b\"" END, &strong, NOW, false},
                {"If-Range: W/\"a\"" END, &strong, NOW, false},
                {"If-Range: W/\"a\"" END, &weak, NOW, false},
                {"If-Range: \"a\"" END, &weak, NOW, false},
                {"If-Range: \"a\"" END, &bare, NOW, false},
                {"If-Range: \"a\", \"b\"" END, &strong, NOW, false},
                {"If-Range: *" END, &strong, NOW, false},
                {"If-Range: a" END, &strong, NOW, false},
                {"If-Range:" END, &strong, NOW, false},
                {"If-Range: \"a\"" END "If-Range: \"a\"" END, &strong, NOW, false},
                {"Range: bytes=0-1" END, &strong, NOW, true},
                {"Range: bytes=0-1" END "Range: bytes=0-1" END, &strong, NOW, false},
                {"If-Range: " SAME END, &strong, NOW, true},
                {"If-Range: " BEFORE END, &strong, NOW, false},
                {"If-Range: " AFTER END, &strong, NOW, false},
                {"If-Range: " SAME END, &bare, NOW, false},
                {"If-Range: " SAME END, &strong, MODIFIED + 2, true},
                {"If-Range: " SAME END, &strong, MODIFIED + 1, false},
                {"If-Range: " SAME END, &strong, MODIFIED - 5, false},
        };
        for (size_t i = 0; i < sizeof(range_cases) / sizeof(range_cases[0]); i++) {
                char buffer[512];
                struct http_request request =
                        parse("GET", range_cases[i].fields, buffer, sizeof(buffer));
                if (conditional_range_applies(&request, range_cases[i].validators,
                                              range_cases[i].now) != range_cases[i].applies)
                        fail_msg("case %zu, %s", i, range_cases[i].fields);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(preconditions_are_evaluated_in_order),
                cmocka_unit_test(if_range_wants_a_strong_match),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
