#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include "http/target.h"

static void assert_part(struct span part, const char *expected)
{
        if (!expected) {
                assert_null(part.data);
                return;
        }
        assert_non_null(part.data);
        assert_true(span_equal(part, span_of(expected)));
}

static void targets_are_taken_apart(void **state)
{
        (void)state;
        static const struct {
                const char *target;
                enum target_form form;
                const char *scheme, *authority, *path, *query;
        } cases[] = {
                {"", TARGET_INVALID, NULL, NULL, NULL, NULL},
                {"*", TARGET_ASTERISK, NULL, NULL, NULL, NULL},
                {"**", TARGET_AUTHORITY, NULL, "**", NULL, NULL},
                {"/", TARGET_ORIGIN, NULL, NULL, "/", NULL},
                {"/a/b?c?d", TARGET_ORIGIN, NULL, NULL, "/a/b", "c?d"},
                {"/a?", TARGET_ORIGIN, NULL, NULL, "/a", ""},
                {"//host/a", TARGET_ORIGIN, NULL, NULL, "//host/a", NULL},
                {"/http://x/", TARGET_ORIGIN, NULL, NULL, "/http://x/", NULL},
                {"http://h", TARGET_ABSOLUTE, "http", "h", "", NULL},
                {"http://h?q", TARGET_ABSOLUTE, "http", "h", "", "q"},
                {"http:///p", TARGET_ABSOLUTE, "http", "", "/p", NULL},
                {"HTTPS://h:1/p?q", TARGET_ABSOLUTE, "HTTPS", "h:1", "/p", "q"},
                {"a+b-c.1://h/", TARGET_ABSOLUTE, "a+b-c.1", "h", "/", NULL},
                {"1a://h/", TARGET_INVALID, NULL, NULL, NULL, NULL},
                {"http:/h/", TARGET_INVALID, NULL, NULL, NULL, NULL},
                {"h:443", TARGET_AUTHORITY, NULL, "h:443", NULL, NULL},
                {"h:x", TARGET_INVALID, NULL, NULL, NULL, NULL},
                {"a/b", TARGET_INVALID, NULL, NULL, NULL, NULL},
                {"?q", TARGET_INVALID, NULL, NULL, NULL, NULL},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct target_parts parts;
                assert_int_equal(target_split(span_of(cases[i].target), &parts), cases[i].form);
                assert_part(parts.scheme, cases[i].scheme);
                assert_part(parts.authority, cases[i].authority);
                assert_part(parts.path, cases[i].path);
                assert_part(parts.query, cases[i].query);
        }
}

static void authorities_are_a_host_and_a_port(void **state)
{
        (void)state;
        static const struct {
                const char *authority;
                bool valid;
        } cases[] = {
                {"", true},
                {"host", true},
                {"host.example:8080", true},
                {"host:", true},
                {"host:65535", true},
                {"host:65536", false},
                {"host:99999999999999999999", false},
                {"host:-1", false},
                {"host:80:80", false},
                {"host: 80", false},
                {"127.0.0.1:80", true},
                {"[::1]", true},
                {"[::1]:80", true},
                {"[v1.fe:a]", true},
                {"[]", false},
                {"[::1", false},
                {"[::1]80", false},
                {"[fe80::1%25eth0]", false},
                {"[a/b]", false},
                {"::1", false},
                {"a%20b", true},
                {"a%2", false},
                {"a%2g", false},
                {"a%", false},
                {"user@host", false},
                {"a/b", false},
                {"a,b", true}, /* ',' is a sub-delim: a name may hold it */
                {"a b", false},
                {"a\\b", false},
                {"a\"b", false},
                {"<a>", false},
                {"\xc3\xa4", false},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                if (target_authority_valid(span_of(cases[i].authority)) != cases[i].valid)
                        fail_msg("%s: not %d", cases[i].authority, cases[i].valid);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(targets_are_taken_apart),
                cmocka_unit_test(authorities_are_a_host_and_a_port),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
