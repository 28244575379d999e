#include "net/network.h"

#include <errno.h>

#include "unit.h"

static bool contains(const char *network_text, const char *address_text)
{
        struct network network;
        struct address address;
        assert_int_equal(network_parse(&network, network_text), 0);
        assert_int_equal(address_parse(&address, address_text, 0), 0);
        return network_contains(&network, &address);
}

static void test_one_address(void **state)
{
        (void)state;
        assert_true(contains("10.1.2.3", "10.1.2.3"));
        assert_false(contains("10.1.2.3", "10.1.2.2"));
        assert_true(contains("::1", "::1"));
        assert_false(contains("::1", "::2"));
        assert_false(contains("::1", "127.0.0.1"));
}

static void test_as_many_bits_as_count(void **state)
{
        (void)state;
        assert_true(contains("10.0.0.0/8", "10.255.255.255"));
        assert_false(contains("10.0.0.0/8", "11.0.0.0"));
        assert_true(contains("10.0.0.8/29", "10.0.0.15"));
        assert_false(contains("10.0.0.8/29", "10.0.0.16"));
        assert_true(contains("10.99.99.99/8", "10.0.0.1")); /* the rest does not count */
        assert_true(contains("10.0.0.0/1", "127.255.255.255"));
        assert_false(contains("10.0.0.0/1", "128.0.0.0"));
        assert_true(contains("0.0.0.0/0", "255.255.255.255"));
        assert_false(contains("0.0.0.0/0", "::1"));
        assert_true(contains("fd00::/7", "fc00::1"));
        assert_false(contains("fd00::/8", "fc00::1"));
        assert_true(contains("2001:db8::/33", "2001:db8:7fff::1"));
        assert_false(contains("2001:db8::/33", "2001:db8:8000::1"));
        assert_true(contains("10.1.2.3/32", "10.1.2.3"));
        assert_true(contains("::1/128", "::1"));
}

static void test_a_mapped_address_is_an_ipv4_one(void **state)
{
        (void)state;
        assert_true(contains("10.0.0.0/8", "::ffff:10.1.1.1"));
        assert_false(contains("10.0.0.0/8", "::ffff:11.1.1.1"));
        assert_false(contains("::/0", "::ffff:10.1.1.1"));
}

static void test_unix_sockets(void **state)
{
        (void)state;
        assert_true(contains("unix", "unix:/tmp/a"));
        assert_false(contains("unix", "127.0.0.1"));
        assert_false(contains("0.0.0.0/0", "unix:/tmp/a"));
        assert_false(contains("::/0", "unix:/tmp/a"));
}

static void test_what_is_no_network(void **state)
{
        static const char *const bad[] = {"",           "10.0.0.0/33", "::/129",      "10.0.0.0/",
                                          "10.0.0.0/x", "10.0.0.0/-1", "/8",          "unix:/tmp/a",
                                          "localhost",  "10.0.0/8",    "10.0.0.0/8/8"};
        struct network network = {.bits = 77};
        char endless[300];
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                if (network_parse(&network, bad[i]) != -EINVAL)
                        fail_msg("'%s' is no network", bad[i]);
        memset(endless, '1', sizeof(endless) - 1);
        endless[sizeof(endless) - 1] = '\0';
        assert_int_equal(network_parse(&network, endless), -EINVAL);
        assert_int_equal(network.bits, 77);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_address),
                cmocka_unit_test(test_as_many_bits_as_count),
                cmocka_unit_test(test_a_mapped_address_is_an_ipv4_one),
                cmocka_unit_test(test_unix_sockets),
                cmocka_unit_test(test_what_is_no_network),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
