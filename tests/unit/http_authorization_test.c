#include "unit.h"

#include "http/authorization.h"

static const struct {
        const char *value;
        const char *user, *password; /* NULL: refused */
} cases[] = {
        {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
        {"basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ== ", "Aladdin", "open sesame"},
        {"BASIC Og==", "", ""},
        {"Basic YTo=", "a", ""},
        {"Basic YTpiOmM=", "a", "b:c"},
        {"Basic w6Q6w7Y=", "\xc3\xa4", "\xc3\xb6"},
        {"", NULL, NULL},
        {"Basic", NULL, NULL},
        {"Basic ", NULL, NULL},
        {"BasicYTpi", NULL, NULL},
        {"Bearer YTpi", NULL, NULL},
        {"Basic YWI=", NULL, NULL}, /* no colon */
        {"Basic YToAYg==", NULL, NULL}, /* a NUL */
        {"Basic YTp", NULL, NULL}, /* half a group */
        {"Basic YTp=", NULL, NULL}, /* a bit lost */
        {"Basic YT==Yg==", NULL, NULL},
        {"Basic Y===", NULL, NULL},
        {"Basic ====", NULL, NULL},
        {"Basic YTpi YTpi", NULL, NULL},
        {"Basic YT-_", NULL, NULL},
};

static void test_basic(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char buffer[CREDENTIALS_MAX + 1];
                struct span credentials, user;
                const char *password;
                bool read = authorization_basic(span_of(cases[i].value), buffer, &credentials,
                                                &user, &password);
                if (read != (cases[i].user != NULL))
                        fail_msg("'%s'", cases[i].value);
                if (!read)
                        continue;
                assert_true(span_equal(user, span_of(cases[i].user)));
                assert_string_equal(password, cases[i].password);
                assert_int_equal(credentials.length, user.length + 1 + strlen(password));
        }
}

static void test_length(void **state)
{
        char value[1024] = "Basic YTph", buffer[CREDENTIALS_MAX + 1];
        struct span credentials, user;
        const char *password;
        (void)state;

        memset(value + 10, 'Y', 1000);
        const size_t most = 6 + CREDENTIALS_MAX / 3 * 4;
        assert_true(authorization_basic((struct span){value, most}, buffer, &credentials, &user,
                                        &password));
        assert_false(authorization_basic((struct span){value, most + 4}, buffer, &credentials,
                                         &user, &password));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_basic),
                cmocka_unit_test(test_length),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
