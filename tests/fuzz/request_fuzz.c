/* The request head: what is accepted holds what the header promises, and the answer
 * does not depend on how the bytes were cut into packets. */
#include "http/request.h"

#include "fuzz.h"
#include "http/characters.h"

#define SIZE_MOST ((size_t)REQUEST_HEAD_MAX + 64)

#define BYTEWISE_MOST 1024

struct answer {
        enum request_state state;
        size_t head_length;
        struct request_failure failure;
        struct http_request request;
};

static void check_span(struct span span, const char *data, size_t length)
{
        if (!span.data) {
                CHECK(span.length == 0);
                return;
        }
        CHECK(span.data >= data && span.data + span.length <= data + length);
}

static void check_field(const struct http_field *field)
{
        CHECK(field->name.length > 0);
        for (size_t i = 0; i < field->name.length; i++)
                CHECK(character_is(field->name.data[i], CHARACTER_TOKEN));
        for (size_t i = 0; i < field->value.length; i++)
                CHECK(character_is(field->value.data[i], CHARACTER_VALUE));
        if (field->value.length > 0) {
                CHECK(!character_is_space(field->value.data[0]));
                CHECK(!character_is_space(field->value.data[field->value.length - 1]));
        }
}

static void check_framing(const struct http_request *request)
{
        CHECK(request->has_body == (request->chunked || request->content_length > 0));
        CHECK(!request->chunked || !request->known[REQUEST_CONTENT_LENGTH].data);
        CHECK(request->chunked == (request->known[REQUEST_TRANSFER_ENCODING].data != NULL));
        CHECK(!request->expect_continue || request->has_body);
        CHECK(request->minor_version == 0 || request->known[REQUEST_HOST].data);
        CHECK(request->minor_version <= 1);
}

static void check_complete(const struct answer *answer, const char *data, size_t length)
{
        const struct http_request *request = &answer->request;
        size_t head_length = answer->head_length;

        CHECK(head_length <= length && head_length <= REQUEST_HEAD_MAX);
        CHECK(head_length >= 4 && memcmp(data + head_length - 4, "\r\n\r\n", 4) == 0);
        CHECK(request->field_count <= REQUEST_FIELDS_MAX);
        CHECK(request->method_token.length > 0 && request->target.length > 0);
        check_span(request->method_token, data, head_length);
        check_span(request->target, data, head_length);
        check_span(request->authority, data, head_length);

        bool met[REQUEST_FIELD_COUNT] = {true};
        for (size_t i = 0; i < request->field_count; i++) {
                const struct http_field *field = &request->fields[i];
                check_span(field->name, data, head_length);
                check_span(field->value, data, head_length);
                check_field(field);
                if (!met[field->known])
                        CHECK(request->known[field->known].data == field->value.data);
                met[field->known] = true;
        }
        for (size_t i = 1; i < REQUEST_FIELD_COUNT; i++)
                CHECK(met[i] == (request->known[i].data != NULL));
        check_framing(request);
}

/* The pieces' sizes come from step: 1 is a byte at a time. */
static void parse_in_pieces(const char *data, size_t length, size_t step, struct answer *answer)
{
        size_t seen = 0, have = 0;
        do {
                have = length - seen < step ? length : seen + step;
                answer->state = request_parse(data, have, seen, &answer->request,
                                              &answer->head_length, &answer->failure);
                seen = have;
        } while (answer->state == REQUEST_INCOMPLETE && have < length);
}

static bool span_same(struct span a, struct span b)
{
        return a.data == b.data && a.length == b.length;
}

static void check_same(const struct answer *a, const struct answer *b)
{
        CHECK(a->state == b->state);
        if (a->state == REQUEST_BAD) {
                CHECK(a->failure.status == b->failure.status);
                CHECK(a->failure.reason == b->failure.reason);
        }
        if (a->state != REQUEST_COMPLETE)
                return;
        CHECK(a->head_length == b->head_length);
        CHECK(a->request.method == b->request.method);
        CHECK(a->request.keep_alive == b->request.keep_alive);
        CHECK(a->request.content_length == b->request.content_length);
        CHECK(span_same(a->request.target, b->request.target));
        CHECK(span_same(a->request.authority, b->request.authority));
        CHECK(a->request.field_count == b->request.field_count);
        for (size_t i = 0; i < a->request.field_count; i++) {
                CHECK(span_same(a->request.fields[i].name, b->request.fields[i].name));
                CHECK(span_same(a->request.fields[i].value, b->request.fields[i].value));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static struct answer whole, pieces;
        const char *data = (const char *)bytes;
        size_t length = size < SIZE_MOST ? size : SIZE_MOST;

        parse_in_pieces(data, length, SIZE_MOST, &whole);
        if (whole.state == REQUEST_COMPLETE)
                check_complete(&whole, data, length);
        if (whole.state == REQUEST_BAD)
                CHECK(whole.failure.status >= 400 && whole.failure.reason);

        /* A byte at a time takes long; what is special about long heads is only their length. */
        const size_t steps[] = {size > 0 ? (size_t)bytes[size - 1] % 61 + 2 : 2, 1};
        for (size_t i = 0; i < (length > BYTEWISE_MOST ? 1 : 2); i++) {
                parse_in_pieces(data, length, steps[i], &pieces);
                /* The header allows this much: a line is judged when it ends. */
                if (pieces.state == REQUEST_INCOMPLETE && whole.state == REQUEST_BAD)
                        CHECK(data[length - 1] != '\n');
                else
                        check_same(&whole, &pieces);
        }
        return 0;
}
