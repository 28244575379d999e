#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include "http/path.h"

#define BUFFER_SIZE 4096

static const struct {
        const char *target, *path;
        bool directory, hidden;
        const char *query;
} path_cases[] = {
        {"/", "", true, false, NULL},
        {"/?q", "", true, false, "q"},
        {"/a", "a", false, false, NULL},
        {"/a/", "a", true, false, NULL},
        {"/a/b.html?x=%zz", "a/b.html", false, false, "x=%zz"},
        {"/a%20b%3Fc", "a b?c", false, false, NULL},
        {"/%41%7a", "Az", false, false, NULL},
        {"/a%2541", "a%41", false, false, NULL},
        {"/%c3%a4", "\xc3\xa4", false, false, NULL},
        {"/%e4", "\xe4", false, false, NULL},
        {"/%C0a",
         "\xc0"
         "a",
         false, false, NULL},
        {"/%0a%7f", "\n\x7f", false, false, NULL},
        {"/a\\b", "a\\b", false, false, NULL},
        {"//a", "a", false, false, NULL},
        {"//", "", true, false, NULL},
        {"/a//b", "a/b", false, false, NULL},
        {"/a//", "a", true, false, NULL},
        {"/.", "", true, false, NULL},
        {"/./a", "a", false, false, NULL},
        {"/a/.", "a", true, false, NULL},
        {"/a/..", "", true, false, NULL},
        {"/a/b/..", "a", true, false, NULL},
        {"/a/b/../c", "a/c", false, false, NULL},
        {"/a/b/../../c/", "c", true, false, NULL},
        {"/a/%2e%2E/b", "b", false, false, NULL},
        {"/a/%2e", "a", true, false, NULL},
        {"/...", "...", false, true, NULL},
        {"/.git/config", ".git/config", false, true, NULL},
        {"/a/.b", "a/.b", false, true, NULL},
        {"/%2egit", ".git", false, true, NULL},
        {"/a.b/c.", "a.b/c.", false, false, NULL},
        {"/.git/../a", "a", false, false, NULL},
        {"/.well-known/acme", ".well-known/acme", false, false, NULL},
        {"/.well-known", ".well-known", false, false, NULL},
        {"/.well-known/", ".well-known", true, false, NULL},
        {"/.well-known/.a", ".well-known/.a", false, true, NULL},
        {"/.well-knownx", ".well-knownx", false, true, NULL},
        {"/a/.well-known", "a/.well-known", false, true, NULL},
        {"http://h", "", true, false, NULL},
        {"http://h?q", "", true, false, "q"},
        {"HTTP://h:80/a/b", "a/b", false, false, NULL},
        {"https://h//a?", "a", false, false, ""},
};

static void targets_become_paths(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(path_cases) / sizeof(path_cases[0]); i++) {
                char buffer[BUFFER_SIZE];
                struct target_path path;
                const char *reason = NULL;
                int r = path_from_target(span_of(path_cases[i].target), buffer, sizeof(buffer),
                                         &path, &reason);
                if (r != 0)
                        fail_msg("%s: %s", path_cases[i].target, reason);
                assert_string_equal(path.path, path_cases[i].path);
                assert_int_equal(path.length, strlen(path_cases[i].path));
                if (path.directory != path_cases[i].directory ||
                    path.hidden != path_cases[i].hidden)
                        fail_msg("%s: directory %d, hidden %d", path_cases[i].target,
                                 path.directory, path.hidden);
                if (path_cases[i].query)
                        assert_true(path.query.data &&
                                    span_equal(path.query, span_of(path_cases[i].query)));
                else
                        assert_null(path.query.data);
        }
}

static void what_is_no_path_is_refused(void **state)
{
        (void)state;
        static const char *const targets[] = {
                "",          "*",      "h:80",          "a/b",        "ftp://h/a",  "http:///a",
                "http://",   "/..",    "/a/../..",      "/a/../../b", "/%2e%2e/a",  "/.%2e",
                "/./..",     "//..",   "http://h/..",   "/%",         "/%2",        "/%2/",
                "/%g0",      "/%0g",   "/a%00b",        "/a%2fb",     "/a%2Fb",     "/..%2f",
                "/a#b",      "/a?b#c", "/%c0%ae%c0%ae", "/%c1%9c",    "/%e0%80%af", "/%f0%80%80%af",
                "/\xc0\xaf",
        };
        for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
                char buffer[BUFFER_SIZE];
                struct target_path path = {.length = 77};
                const char *reason = NULL;
                if (path_from_target(span_of(targets[i]), buffer, sizeof(buffer), &path, &reason) !=
                    -EINVAL)
                        fail_msg("%s is a path", targets[i]);
                assert_non_null(reason);
                assert_int_equal(path.length, 77);
        }
}

static void nul_bytes_are_refused(void **state)
{
        (void)state;
        char buffer[BUFFER_SIZE];
        struct target_path path;
        const char *reason = NULL;
        assert_int_equal(
                path_from_target(SPAN_LITERAL("/a\0b"), buffer, sizeof(buffer), &path, &reason),
                -EINVAL);
}

static void buffer_holds_the_path_and_a_nul(void **state)
{
        (void)state;
        static const char target[] = "/abc/de";
        char buffer[8];
        struct target_path path;
        const char *reason;

        for (size_t size = 0; size < sizeof(target) - 1; size++) {
                reason = NULL;
                assert_int_equal(
                        path_from_target(SPAN_LITERAL(target), buffer, size, &path, &reason),
                        -ENAMETOOLONG);
                assert_non_null(reason);
        }
        assert_int_equal(
                path_from_target(SPAN_LITERAL(target), buffer, sizeof(target) - 1, &path, &reason),
                0);
        assert_string_equal(path.path, "abc/de");
        assert_int_equal(path_from_target(SPAN_LITERAL("/"), buffer, 1, &path, &reason), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(targets_become_paths),
                cmocka_unit_test(what_is_no_path_is_refused),
                cmocka_unit_test(nul_bytes_are_refused),
                cmocka_unit_test(buffer_holds_the_path_and_a_nul),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
