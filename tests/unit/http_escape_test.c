#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include "http/escape.h"

#define BUFFER_SIZE 128

typedef size_t escape_function(struct span text, char *out, size_t capacity);

/* The whole text, and every capacity too small for it: a prefix, never a cut escape. */
static void assert_escape(escape_function *escape, struct span text, const char *expected)
{
        char out[BUFFER_SIZE];
        size_t length = strlen(expected);

        assert_int_equal(escape(text, NULL, 0), length);
        for (size_t capacity = 1; capacity <= length + 1; capacity++) {
                memset(out, 'x', sizeof(out));
                assert_int_equal(escape(text, out, capacity), length);
                assert_true(strlen(out) < capacity);
                assert_memory_equal(out, expected, strlen(out));
                assert_int_equal(out[capacity], 'x');
                const char *cut = strrchr(out, '&');
                assert_true(!cut || strchr(cut, ';') || escape != escape_html);
                cut = strrchr(out, '%');
                assert_true(!cut || strlen(cut) >= 3 || escape != escape_uri_path);
        }
        assert_string_equal(out, expected);
}

static void html_loses_its_meaning(void **state)
{
        (void)state;
        assert_escape(escape_html_visible, SPAN_LITERAL("<\xe2\x80\xae\x07\xff\xc3\xa4\xc2\x85>"),
                      "&lt;[U+202E][U+0007][0xFF]\xc3\xa4[U+0085]&gt;");
        assert_escape(escape_html, SPAN_LITERAL(""), "");
        assert_escape(escape_html, SPAN_LITERAL("plain \xc3\xa4"), "plain \xc3\xa4");
        assert_escape(escape_html, SPAN_LITERAL("<a href=\"x\" id='y'>&"),
                      "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
}

static void paths_become_uris(void **state)
{
        (void)state;
        assert_escape(escape_uri_path, SPAN_LITERAL("a/B-._~9:@!$()*+,;="), "a/B-._~9:@!$()*+,;=");
        assert_escape(escape_uri_path, SPAN_LITERAL("a b%?#&'\"<>[]\\^`{|}"),
                      "a%20b%25%3F%23%26%27%22%3C%3E%5B%5D%5C%5E%60%7B%7C%7D");
        assert_escape(escape_uri_path, SPAN_LITERAL("\xc3\xa4\n\x7f\0"), "%C3%A4%0A%7F%00");
}

static void log_lines_stay_lines(void **state)
{
        (void)state;
        assert_escape(escape_log, SPAN_LITERAL("GET /a?b~ 'c'"), "GET /a?b~ 'c'");
        assert_escape(escape_log, SPAN_LITERAL("\r\n\"\\\t\x1b[0m\x7f\x9b\xff\0"),
                      "\\x0D\\x0A\\x22\\x5C\\x09\\x1B[0m\\x7F\\x9B\\xFF\\x00");
}

static void nothing_follows_what_did_not_fit(void **state)
{
        (void)state;
        char out[6];
        assert_int_equal(escape_html(SPAN_LITERAL("ab&c"), out, sizeof(out)), 8);
        assert_string_equal(out, "ab");
}

static void json_stays_a_string(void **state)
{
        (void)state;
        assert_escape(escape_json_utf8, SPAN_LITERAL("plain \xc3\xa4 \xf0\x9f\x98\x80"),
                      "plain \xc3\xa4 \xf0\x9f\x98\x80");
        assert_escape(escape_json_utf8, SPAN_LITERAL("\"\\/\n\x7f\x01"),
                      "\\u0022\\u005C/\\u000A\\u007F\\u0001");
        assert_escape(escape_json_utf8, SPAN_LITERAL("a\xff\xc3"), "a\xef\xbf\xbd\xef\xbf\xbd");
        assert_escape(escape_json_utf8, SPAN_LITERAL("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");
        assert_escape(escape_json_utf8, SPAN_LITERAL("\xed\xa0\x80"),
                      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
        assert_escape(escape_json_utf8, SPAN_LITERAL("\xf4\x90\x80\x80"),
                      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void json_of_any_bytes(void **state)
{
        (void)state;
        assert_escape(escape_json, SPAN_LITERAL("plain /a?b=c"), "plain /a?b=c");
        assert_escape(escape_json, SPAN_LITERAL("\"\\\n\x7f\x01"),
                      "\\u0022\\u005C\\u000A\\u007F\\u0001");
        assert_escape(escape_json, SPAN_LITERAL("\xc3\xa4\xff\xc2\x9b"), "\xc3\xa4\\\\xFF\\u009B");
        assert_escape(escape_json, SPAN_LITERAL(""), "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(json_stays_a_string),
                cmocka_unit_test(json_of_any_bytes),
                cmocka_unit_test(html_loses_its_meaning),
                cmocka_unit_test(paths_become_uris),
                cmocka_unit_test(log_lines_stay_lines),
                cmocka_unit_test(nothing_follows_what_did_not_fit),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
