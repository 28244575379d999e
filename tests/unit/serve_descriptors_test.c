#include "unit.h"

#include "serve/descriptors.h"

static void what_the_limit_holds_is_left_as_it_is(void **state)
{
        (void)state;
        const struct serve_options options = {.connections_max = 65536, .cache_entries = 8192};
        struct descriptors shared = descriptors_share_out(1 << 20, &options, 4);
        assert_false(shared.cut);
        assert_int_equal(shared.connections, 65536);
        assert_int_equal(shared.cached, 4 * 8192);
}

static void connections_and_caches_never_take_all(void **state)
{
        (void)state;
        const struct serve_options options = {.connections_max = 65536, .cache_entries = 8192};
        for (uint64_t limit = 8; limit < 4096; limit++) {
                struct descriptors shared = descriptors_share_out(limit, &options, 2);
                assert_true(shared.cut);
                assert_true(shared.connections >= 1);
                assert_true(shared.connections + shared.cached < limit);
        }
        assert_int_equal(descriptors_share_out(1024, &options, 2).connections, 620);
        assert_int_equal(descriptors_share_out(1024, &options, 2).cached, 124);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_the_limit_holds_is_left_as_it_is),
                cmocka_unit_test(connections_and_caches_never_take_all),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
