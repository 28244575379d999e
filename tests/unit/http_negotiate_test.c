#include "unit.h"

#include "http/negotiate.h"

#define ORDER(first, second, third) \
        ((coding_order)(CODING_##first | CODING_##second << 2 | CODING_##third << 4))
#define LONG_LIST "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,"

static const struct {
        const char *value;
        coding_order order;
} coding_cases[] = {
        {"", 0},
        {"gzip", ORDER(GZIP, IDENTITY, IDENTITY)},
        {"x-gzip", ORDER(GZIP, IDENTITY, IDENTITY)},
        {"GZip", ORDER(GZIP, IDENTITY, IDENTITY)},
        {"br", ORDER(BROTLI, IDENTITY, IDENTITY)},
        {"zstd", ORDER(ZSTD, IDENTITY, IDENTITY)},
        {"gzip, deflate, br, zstd", ORDER(BROTLI, ZSTD, GZIP)},
        {"gzip, deflate, br", ORDER(BROTLI, GZIP, IDENTITY)},
        {"gzip;q=1.0, br;q=0.5", ORDER(GZIP, BROTLI, IDENTITY)},
        {"br;q=0.001, zstd;q=0.002, gzip;q=0.003", ORDER(GZIP, ZSTD, BROTLI)},
        {"br ; q=0.5 ,gzip", ORDER(GZIP, BROTLI, IDENTITY)},
        {"br;q=0, gzip", ORDER(GZIP, IDENTITY, IDENTITY)},
        {"br;q=0.000", 0},
        {"br;Q=0.5", ORDER(BROTLI, IDENTITY, IDENTITY)},
        {"*", ORDER(BROTLI, ZSTD, GZIP)},
        {"*;q=0", 0},
        {"*;q=0, gzip", ORDER(GZIP, IDENTITY, IDENTITY)},
        {"br;q=0, *", ORDER(ZSTD, GZIP, IDENTITY)},
        {"gzip, *;q=0.5", ORDER(GZIP, BROTLI, ZSTD)},
        {"identity", 0},
        {"identity, gzip;q=0.5", 0},
        {"identity;q=0.5, gzip;q=0.5", ORDER(GZIP, IDENTITY, IDENTITY)},
        {"identity;q=0.5, gzip;q=0.4, br", ORDER(BROTLI, IDENTITY, IDENTITY)},
        {"identity;q=0", 0},
        {"identity;q=0, gzip", ORDER(GZIP, IDENTITY, IDENTITY)},
        {"gzip, gzip;q=0", 0},
        {",, ,gzip,", ORDER(GZIP, IDENTITY, IDENTITY)},
        {LONG_LIST LONG_LIST "gzip", ORDER(GZIP, IDENTITY, IDENTITY)},
        /* Malformed elements are none. */
        {"gzip;q=2", 0},
        {"gzip;q=1.001", 0},
        {"gzip;q=0.0001", 0},
        {"gzip;q=-1", 0},
        {"gzip;q=.5", 0},
        {"gzip;q=", 0},
        {"gzip;q", 0},
        {"gzip;", 0},
        {"gzip;level=9", 0},
        {"gzip;q=0.5;x=1", 0},
        {"gzip br", 0},
        {"gzi", 0},
        {"gzipp", 0},
        {"gzip;q=1.", ORDER(GZIP, IDENTITY, IDENTITY)},
};

static struct http_request request_of(enum request_field known, const char *first,
                                      const char *second)
{
        struct http_request request = {.field_count = second ? 2 : 1};
        request.known[known] = span_of(first);
        request.fields[0] = (struct http_field){.value = span_of(first), .known = known};
        if (second)
                request.fields[1] = (struct http_field){.value = span_of(second), .known = known};
        return request;
}

static void test_codings(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(coding_cases) / sizeof(coding_cases[0]); i++) {
                const char *value = coding_cases[i].value;
                struct http_request request = request_of(REQUEST_ACCEPT_ENCODING, value, NULL);
                if (negotiate_codings(&request) != coding_cases[i].order)
                        fail_msg("'%s': %#x", value, negotiate_codings(&request));
        }
}

static void test_absent_field_wants_the_file(void **state)
{
        const struct http_request request = {0};
        (void)state;
        assert_int_equal(negotiate_codings(&request), 0);
        assert_false(negotiate_names_type(&request, SPAN_LITERAL("application/json")));
}

static void test_several_lines_are_one_list(void **state)
{
        struct http_request request = request_of(REQUEST_ACCEPT_ENCODING, "gzip", "br, zstd;q=0.1");
        (void)state;
        assert_int_equal(negotiate_codings(&request), ORDER(BROTLI, GZIP, ZSTD));
}

static void test_order_is_taken_apart(void **state)
{
        coding_order order = ORDER(ZSTD, GZIP, IDENTITY);
        (void)state;
        assert_int_equal(coding_order_next(&order), CODING_ZSTD);
        assert_string_equal(coding_name(CODING_ZSTD), "zstd");
        assert_int_equal(coding_order_next(&order), CODING_GZIP);
        assert_string_equal(coding_suffix(CODING_GZIP), ".gz");
        assert_int_equal(coding_order_next(&order), CODING_IDENTITY);
        assert_int_equal(coding_order_next(&order), CODING_IDENTITY);
}

static void test_types(void **state)
{
        static const struct {
                const char *value;
                bool named;
        } cases[] = {
                {"application/json", true},
                {"text/html, Application/JSON;q=0.9", true},
                {"text/html;level=1, application/json", true},
                {"application/json;q=0", false},
                {"*/*", false},
                {"application/*", false},
                {"text/html,application/xhtml+xml,*/*;q=0.8", false},
                {"application/jsonp", false},
                {"", false},
        };
        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct http_request request = request_of(REQUEST_ACCEPT, cases[i].value, NULL);
                assert_int_equal(negotiate_names_type(&request, SPAN_LITERAL("application/json")),
                                 cases[i].named);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_codings),
                cmocka_unit_test(test_absent_field_wants_the_file),
                cmocka_unit_test(test_several_lines_are_one_list),
                cmocka_unit_test(test_order_is_taken_apart),
                cmocka_unit_test(test_types),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
