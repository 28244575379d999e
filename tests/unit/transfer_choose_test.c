#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs those, and before it. */
#include <cmocka.h>

#include "transfer/choose.h"

#define GIVEN_UP(...)              \
        (const bool[METHOD_COUNT]) \
        {                          \
                __VA_ARGS__        \
        }
#define WITHOUT(name) [METHOD_INDEX_##name] = true

static const struct sluice_facts tcp = {
        .out_kind = OUT_TCP, .out_is_socket = true, .out_zerocopy = true, .direct_align = 512};
static const struct sluice_facts pipe_of_ours = {.out_kind = OUT_PIPE};
static const struct sluice_facts stale = {
        .out_kind = OUT_TCP, .out_is_socket = true, .file_system = 0x786f4256};

static void best_that_is_left(void **state)
{
        (void)state;
        const struct {
                const struct sluice_facts *facts;
                const bool *given_up;
                const char *method;
                const char *word; /* of the reason */
        } cases[] = {
                {&tcp, GIVEN_UP(0), "sendfile", "without a copy"},
                {&pipe_of_ours, GIVEN_UP(0), "sendfile", "without a copy"},
                {&stale, GIVEN_UP(0), "copy", "stale"},
                {&stale, GIVEN_UP(WITHOUT(copy)), "sendfile", "without a copy"},
                {&tcp, GIVEN_UP(WITHOUT(sendfile)), "splice", "pipe"},
                {&tcp, GIVEN_UP(WITHOUT(sendfile), WITHOUT(splice)), "copy", "buffer"},
                {&tcp, GIVEN_UP(WITHOUT(direct), WITHOUT(uring)), "sendfile", "copy"},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const char *reason = NULL;
                const struct sluice_method *method =
                        choose(cases[i].facts, 1, cases[i].given_up, &reason);
                assert_non_null(method);
                assert_string_equal(method->name, cases[i].method);
                assert_non_null(strstr(reason, cases[i].word));
        }
}

static void nothing_when_all_are_given_up(void **state)
{
        (void)state;
        bool all[METHOD_COUNT];
        for (size_t i = 0; i < METHOD_COUNT; i++)
                all[i] = true;
        const char *reason = "untouched";
        assert_null(choose(&tcp, 1, all, &reason));
        assert_string_equal(reason, "untouched");
}

static void refusals_have_words(void **state)
{
        (void)state;
        static const struct {
                const char *method;
                struct sluice_facts facts;
                const char *word; /* of the refusal; NULL: supported */
        } cases[] = {
                {"copy", {.out_kind = OUT_OTHER}, NULL},
                {"mmap", {.out_kind = OUT_PIPE}, NULL},
                {"splice", {.out_kind = OUT_UNIX, .out_is_socket = true}, NULL},
                {"direct", {.direct_align = 4096}, NULL},
                {"direct", {.direct_align = 0}, "O_DIRECT"},
                {"zerocopy", {.out_kind = OUT_TCP, .out_zerocopy = true}, NULL},
                {"zerocopy", {.out_kind = OUT_TCP}, "SO_ZEROCOPY"},
                {"zerocopy", {.out_kind = OUT_UNIX, .out_is_socket = true}, "TCP"},
                {"zerocopy", {.out_kind = OUT_PIPE}, "TCP"},
                {"uring", {.out_kind = OUT_TCP, .direct_align = 512}, NULL},
                {"uring", {.out_kind = OUT_TCP}, "O_DIRECT"},
                {"uring", {.out_kind = OUT_UNIX, .direct_align = 512}, "TCP"},
                {"uring",
                 {.out_kind = OUT_TCP, .direct_align = 512, .uring_error = -EPERM},
                 "forbidden"},
                {"uring",
                 {.out_kind = OUT_TCP, .direct_align = 512, .uring_error = -ENOSYS},
                 "no io_uring"},
                {"uring",
                 {.out_kind = OUT_TCP, .direct_align = 512, .uring_error = -EOPNOTSUPP},
                 "send_zc"},
                {"uring",
                 {.out_kind = OUT_TCP, .direct_align = 512, .uring_error = -EIO},
                 "io_uring_setup"},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const sluice_method *method = sluice_method_find(cases[i].method);
                const char *why_not = NULL;
                assert_non_null(method);
                bool supported = sluice_method_supported(method, &cases[i].facts, &why_not);
                assert_int_equal(supported, cases[i].word == NULL);
                if (cases[i].word)
                        assert_non_null(strstr(why_not, cases[i].word));
                else
                        assert_null(why_not);
        }
}

static void table_is_whole(void **state)
{
        (void)state;
        size_t count = 0;
        for (const sluice_method *method; (method = sluice_method_at(count)); count++) {
                assert_int_equal(method->index, count);
                assert_ptr_equal(sluice_method_find(sluice_method_name(method)), method);
                assert_true(strlen(sluice_method_summary(method)) > 20);
                assert_non_null(method->supports);
                assert_non_null(method->step);
        }
        assert_int_equal(count, METHOD_COUNT);
        assert_null(sluice_method_find("auto"));
        assert_null(sluice_method_find(""));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(best_that_is_left),
                cmocka_unit_test(nothing_when_all_are_given_up),
                cmocka_unit_test(refusals_have_words),
                cmocka_unit_test(table_is_whole),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
