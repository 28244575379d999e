#include "unit.h"

#include "base/clock.h"
#include "serve/http2_patience.h"

static unsigned cost(uint8_t type, uint8_t flags, size_t length)
{
        const nghttp2_frame_hd head = {.type = type, .flags = flags, .length = length};
        return http2_patience_cost(&head);
}

static void what_moves_something_on_is_free(void **state)
{
        (void)state;
        assert_int_equal(cost(NGHTTP2_HEADERS, 0, 10), 0);
        assert_int_equal(cost(NGHTTP2_WINDOW_UPDATE, 0, 4), 0);
        assert_int_equal(cost(NGHTTP2_DATA, 0, 1), 0);
        assert_int_equal(cost(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 0), 0);
}

static void what_leads_nowhere_costs(void **state)
{
        (void)state;
        assert_true(cost(NGHTTP2_DATA, 0, 0) > 0);
        assert_true(cost(NGHTTP2_PRIORITY, 0, 5) > 0);
        assert_true(cost(NGHTTP2_CONTINUATION, 0, 0) > 0);
        assert_true(cost(NGHTTP2_PING, 0, 8) > cost(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 8));
        assert_int_equal(cost(NGHTTP2_RST_STREAM, 0, 4), HTTP2_COST_RESET);

        nghttp2_frame crumb = {.window_update.hd.type = NGHTTP2_WINDOW_UPDATE,
                               .window_update.window_size_increment = 1};
        assert_true(http2_patience_cost_of_payload(&crumb) > 0);
        crumb.window_update.window_size_increment = 65535;
        assert_int_equal(http2_patience_cost_of_payload(&crumb), 0);
        nghttp2_frame padding = {.data.hd = {.type = NGHTTP2_DATA, .length = 4}, .data.padlen = 4};
        assert_true(http2_patience_cost_of_payload(&padding) > 0);
        padding.data.hd.length = 5;
        assert_int_equal(http2_patience_cost_of_payload(&padding), 0);
}

static void it_ends_and_comes_back(void **state)
{
        (void)state;
        struct http2_patience patience = {0};
        uint64_t now_ns = 1000 * NS_PER_S;

        assert_true(http2_patience_spend(&patience, HTTP2_PATIENCE, now_ns));
        assert_false(http2_patience_spend(&patience, 1, now_ns));
        now_ns += NS_PER_S;
        assert_true(http2_patience_spend(&patience, HTTP2_PATIENCE_A_SECOND - 1, now_ns));
        assert_false(http2_patience_spend(&patience, 1, now_ns));
        now_ns += 3600 * NS_PER_S;
        assert_true(http2_patience_spend(&patience, HTTP2_PATIENCE, now_ns));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_moves_something_on_is_free),
                cmocka_unit_test(what_leads_nowhere_costs),
                cmocka_unit_test(it_ends_and_comes_back),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
