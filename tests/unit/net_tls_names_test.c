#include "net/tls_names.h"

#include "tls_unit.h"

#define NONE SIZE_MAX

/* names: as in subjectAltName; NULL: only the subject's CN. */
static void add(struct tls_names *names, const char *wanted, const char *subject, size_t rank)
{
        X509 *certificate = X509_new();
        X509_NAME *name = X509_get_subject_name(certificate);

        assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                    (const unsigned char *)subject, -1, -1, 0),
                         1);
        if (wanted) {
                X509_EXTENSION *extension =
                        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, wanted);
                assert_non_null(extension);
                assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
                X509_EXTENSION_free(extension);
        }
        assert_int_equal(tls_names_add(names, certificate, rank), 0);
        X509_free(certificate);
}

static size_t found(const struct tls_names *names, const char *host)
{
        size_t rank = NONE;
        bool any = tls_names_find(names, host, &rank);
        assert_int_equal(any, rank != NONE);
        return rank;
}

static void test_which_one_names_the_host(void **state)
{
        struct tls_names names = {0};
        char longest[300];
        (void)state;

        add(&names, "DNS:*.example.org,DNS:Example.ORG,IP:127.0.0.1", "ignored.test", 0);
        add(&names, "DNS:a.example.org", "x", 1);
        add(&names, "DNS:b.example.net,DNS:*.c.test", "x", 2);
        add(&names, "DNS:*.example.net,DNS:b.example.net", "x", 3);
        add(&names, NULL, "subject.test", 4);
        add(&names, "IP:127.0.0.1", "numbers.test", 5);
        tls_names_sort(&names);
        memset(longest, 'a', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        const struct {
                const char *host;
                size_t rank;
        } cases[] = {
                {"example.org", 0},
                {"EXAMPLE.org", 0},
                {"x.example.org", 0},
                {"a.example.org", 0}, /* the wildcard has the lesser rank */
                {"x.y.example.org", NONE},
                {".example.org", NONE},
                {"*.example.org", 0},
                {"b.example.net", 2},
                {"c.example.net", 3},
                {"x.c.test", 2},
                {"c.test", NONE},
                {"subject.test", 4},
                {"ignored.test", NONE},
                {"numbers.test", 5},
                {"127.0.0.1", NONE},
                {"", NONE},
                {"org", NONE},
                {".", NONE},
                {longest, NONE},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                if (found(&names, cases[i].host) != cases[i].rank)
                        fail_msg("'%s': not %zd", cases[i].host, (ssize_t)cases[i].rank);
        tls_names_done(&names);
}

static void test_of_none(void **state)
{
        struct tls_names names = {0};
        (void)state;
        tls_names_sort(&names);
        assert_int_equal(found(&names, "example.org"), NONE);
        tls_names_done(&names);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_which_one_names_the_host),
                cmocka_unit_test(test_of_none),
        };
        return cmocka_run_group_tests(tests, load_openssl, NULL);
}
