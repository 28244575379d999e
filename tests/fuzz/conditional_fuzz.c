/* Preconditions: the input is field lines. What section 13.2.2 of RFC 9110 says of
 * one method and the others is held against each other. */
#include "http/conditional.h"

#include <string.h>

#include "fuzz.h"

#define FIELDS_MOST 1024
#define NOW INT64_C(784112000)

static const struct validators kinds[] = {
        {SPAN_LITERAL("\"a\""), INT64_C(784111777)},
        {SPAN_LITERAL("W/\"a\""), INT64_C(784111777)},
        {{NULL, 0}, MODIFIED_UNKNOWN},
};

static bool has_conditions(const struct http_request *request)
{
        return request->known[REQUEST_IF_MATCH].data ||
               request->known[REQUEST_IF_NONE_MATCH].data ||
               request->known[REQUEST_IF_MODIFIED_SINCE].data ||
               request->known[REQUEST_IF_UNMODIFIED_SINCE].data;
}

static void check_kind(struct http_request *request, const struct validators *validators)
{
        request->method = HTTP_GET;
        enum http_status get = conditional_evaluate(request, validators, NOW);
        request->method = HTTP_HEAD;
        CHECK(conditional_evaluate(request, validators, NOW) == get);
        request->method = HTTP_PUT;
        enum http_status put = conditional_evaluate(request, validators, NOW);
        request->method = HTTP_OPTIONS;
        CHECK(conditional_evaluate(request, validators, NOW) == HTTP_OK);

        CHECK(get == HTTP_OK || get == HTTP_NOT_MODIFIED || get == HTTP_PRECONDITION_FAILED);
        CHECK(put == HTTP_OK || put == HTTP_PRECONDITION_FAILED);
        if (!has_conditions(request))
                CHECK(get == HTTP_OK && put == HTTP_OK);
        if (get == HTTP_PRECONDITION_FAILED)
                CHECK(put == HTTP_PRECONDITION_FAILED);
        if (get == HTTP_NOT_MODIFIED && request->known[REQUEST_IF_NONE_MATCH].data)
                CHECK(put == HTTP_PRECONDITION_FAILED);
        if (get == HTTP_NOT_MODIFIED && !request->known[REQUEST_IF_NONE_MATCH].data)
                CHECK(request->known[REQUEST_IF_MODIFIED_SINCE].data && put == HTTP_OK);

        bool applies = conditional_range_applies(request, validators, NOW);
        size_t ranges = 0;
        for (size_t i = 0; i < request->field_count; i++)
                ranges += request->fields[i].known == REQUEST_RANGE;
        if (!request->known[REQUEST_IF_RANGE].data || ranges > 1)
                CHECK(applies == (ranges <= 1));
        else if (applies)
                CHECK(validators != &kinds[2] && request->known[REQUEST_IF_RANGE].data[0] != 'W');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static const char start[] = "GET / HTTP/1.0\r\n";
        static char head[sizeof(start) + FIELDS_MOST + 4];
        static struct http_request request;
        struct request_failure failure;
        size_t head_length = 0, length = sizeof(start) - 1;

        size = size < FIELDS_MOST ? size : FIELDS_MOST;
        memcpy(head, start, length);
        if (size > 0)
                memcpy(head + length, bytes, size);
        length += size;
        memcpy(head + length, "\r\n\r\n", 4);
        if (request_parse(head, length + 4, 0, &request, &head_length, &failure) !=
            REQUEST_COMPLETE)
                return 0;
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
                check_kind(&request, &kinds[i]);
        return 0;
}
