#include "connection/answers.h"

#include <string.h>

#include "base/number.h"
#include "connection/server_within.h"
#include "fuzz.h"

struct response {
        unsigned status;
        struct span length, range, type, coding, connection;
};

static const struct {
        struct span name;
        size_t offset;
} fields[] = {
        {SPAN_LITERAL("Content-Length: "), offsetof(struct response, length)},
        {SPAN_LITERAL("Content-Range: "), offsetof(struct response, range)},
        {SPAN_LITERAL("Content-Type: "), offsetof(struct response, type)},
        {SPAN_LITERAL("Content-Encoding: "), offsetof(struct response, coding)},
        {SPAN_LITERAL("Connection: "), offsetof(struct response, connection)},
};

/* The line at the start of *data, taken off. */
static struct span take_line(struct span *data)
{
        const char *end = memmem(data->data, data->length, "\r\n", 2);
        CHECK(end);
        struct span line = {data->data, (size_t)(end - data->data)};
        for (size_t i = 0; i < line.length; i++)
                CHECK(line.data[i] != '\r' && line.data[i] != '\n' && line.data[i] != '\0');
        *data = (struct span){end + 2, data->length - line.length - 2};
        return line;
}

static void read_field(struct response *response, struct span line)
{
        const char *colon = memchr(line.data, ':', line.length);
        CHECK(colon && colon > line.data && colon[-1] != ' ');
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
                struct span *value = (void *)((char *)response + fields[i].offset);
                struct span name = fields[i].name;
                if (line.length < name.length || memcmp(line.data, name.data, name.length) != 0)
                        continue;
                CHECK(!value->data); /* once */
                *value = (struct span){line.data + name.length, line.length - name.length};
        }
}

static struct response take_head(struct span *data)
{
        struct response response = {0};
        struct span line = take_line(data);

        CHECK(line.length > 13 && memcmp(line.data, "HTTP/1.1 ", 9) == 0 && line.data[12] == ' ');
        for (size_t i = 9; i < 12; i++)
                response.status = response.status * 10 + (unsigned)(line.data[i] - '0');
        CHECK(response.status >= 200 && response.status <= 505);
        while ((line = take_line(data)).length > 0)
                read_field(&response, line);
        return response;
}

static void check_bytes(const struct response *response, struct span body)
{
        uint64_t first = 0;

        if (!span_equal(response->type, SPAN_LITERAL("application/octet-stream")) ||
            response->coding.data)
                return;
        if (response->range.data) {
                size_t digits = 0;
                struct span text = {response->range.data + 6, response->range.length - 6};
                while (digits < text.length && text.data[digits] != '-')
                        digits++;
                CHECK(number_parse((struct span){text.data, digits}, &first) == 0);
        }
        for (size_t i = 0; i < body.length; i++)
                CHECK((unsigned char)body.data[i] == SERVED_BYTE(first + i));
}

static void take_answer(const struct answer *answer, struct span *data)
{
        struct response response = take_head(data);
        uint64_t length = 0;

        if (answer->status)
                CHECK(response.status == (unsigned)answer->status);
        /* None of its files fails, and there is room. */
        CHECK(response.status != 500 && response.status != 503);
        CHECK(span_equal(response.connection, SPAN_LITERAL("close")) == answer->last);
        bool has_body =
                answer->method != HTTP_HEAD && response.status != 204 && response.status != 304;
        if (has_body)
                CHECK(number_parse(response.length, &length) == 0 && length <= data->length);
        check_bytes(&response, (struct span){data->data, length});
        *data = (struct span){data->data + length, data->length - length};
}

void answers_check(const struct answers *answers, struct span data)
{
        for (size_t i = 0; i < answers->count; i++) {
                if (data.length == 0 && i + 1 == answers->count && answers->maybe_less)
                        return;
                take_answer(&answers->list[i], &data);
        }
        CHECK(data.length == 0);
}
