#include "unit.h"

#include <errno.h>

#include "net/address.h"

static void reads_and_shows(void **state)
{
        (void)state;
        static const struct {
                const char *text, *url;
                bool loopback;
        } cases[] = {
                {"127.0.0.1", "http://127.0.0.1:80/", true},
                {"0.0.0.0", "http://0.0.0.0:80/", false},
                {"::1", "http://[::1]:80/", true},
                {"[::1]", "http://[::1]:80/", true},
                {"2001:db8::7", "http://[2001:db8::7]:80/", false},
                {"unix:/run/x.sock", "unix:/run/x.sock", true},
                {"::ffff:127.0.0.1", "http://[127.0.0.1]:80/", true},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct address address;
                char url[ADDRESS_TEXT_SIZE];
                assert_int_equal(address_parse(&address, cases[i].text, 80), 0);
                assert_string_equal(address_url(&address, "http", url), cases[i].url);
                assert_int_equal(address_is_loopback(&address), cases[i].loopback);
        }
}

static void refuses_the_rest(void **state)
{
        (void)state;
        struct address address;
        static const char *const bad[] = {
                "",      "localhost", "127.0.0.1:80",
                "1.2.3", "[::1",      "[::1]:80",
                "::g",   "unix:",     "fe80::1%nosuchinterface",
        };
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(address_parse(&address, bad[i], 80), -EINVAL);

        char path[200] = "unix:/";
        memset(path + 6, 'x', 150);
        path[156] = '\0';
        assert_int_equal(address_parse(&address, path, 80), -ENAMETOOLONG);
}

static void with_a_port_of_its_own(void **state)
{
        (void)state;
        static const struct {
                const char *text, *url;
        } good[] = {
                {"127.0.0.1:80", "http://127.0.0.1:80/"},
                {"[::1]:65535", "http://[::1]:65535/"},
                {"0.0.0.0:0", "http://0.0.0.0:0/"},
                {"unix:/run/x.sock", "unix:/run/x.sock"},
        };
        static const char *const bad[] = {
                "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                "[::1]",     "::1",        "::1:80",          ":80",
                "[::1]80",   "",
        };
        struct address address;
        char url[ADDRESS_TEXT_SIZE];
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                assert_int_equal(address_parse_whole(&address, good[i].text), 0);
                assert_string_equal(address_url(&address, "http", url), good[i].url);
        }
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(address_parse_whole(&address, bad[i]), -EINVAL);
}

static void the_port_can_be_moved(void **state)
{
        (void)state;
        struct address address;
        assert_int_equal(address_parse(&address, "::", 80), 0);
        assert_int_equal(address_port(&address), 80);
        address_set_port(&address, 8080);
        assert_int_equal(address_port(&address), 8080);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_and_shows),
                cmocka_unit_test(refuses_the_rest),
                cmocka_unit_test(with_a_port_of_its_own),
                cmocka_unit_test(the_port_can_be_moved),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
