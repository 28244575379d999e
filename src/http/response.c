#include "http/response.h"

#include "base/number.h"
#include "http/date.h"

#define NUMBER_DIGITS_MAX 20

static const struct {
        enum http_status status;
        struct span line;
} ready_lines[] = {
        {HTTP_OK, SPAN_LITERAL("HTTP/1.1 200 OK\r\n")},
        {HTTP_NOT_MODIFIED, SPAN_LITERAL("HTTP/1.1 304 Not Modified\r\n")},
        {HTTP_PARTIAL_CONTENT, SPAN_LITERAL("HTTP/1.1 206 Partial Content\r\n")},
        {HTTP_NOT_FOUND, SPAN_LITERAL("HTTP/1.1 404 Not Found\r\n")},
};

/* Room for length bytes at the end, or NULL with overflow latched. */
static char *head_take(struct head *head, size_t length)
{
        if (head->overflow || head->capacity - head->length < length) {
                head->overflow = true;
                return NULL;
        }
        char *room = head->data + head->length;
        head->length += length;
        return room;
}

static void append(struct head *head, struct span text)
{
        char *room = head_take(head, text.length);
        if (room && text.length > 0)
                memcpy(room, text.data, text.length);
}

void head_start(struct head *head, char *buffer, size_t capacity, enum http_status status)
{
        *head = (struct head){.data = buffer, .capacity = capacity};
        for (size_t i = 0; i < sizeof(ready_lines) / sizeof(ready_lines[0]); i++)
                if (ready_lines[i].status == status) {
                        append(head, ready_lines[i].line);
                        return;
                }

        char digits[NUMBER_DIGITS_MAX];
        size_t digit_count = number_write((uint64_t)status, digits);
        append(head, SPAN_LITERAL("HTTP/1.1 "));
        append(head, (struct span){digits, digit_count});
        append(head, SPAN_LITERAL(" "));
        append(head, span_of(status_reason(status)));
        append(head, SPAN_LITERAL("\r\n"));
}

/* "name: ", then room for length bytes, then CRLF. NULL: overflow. */
static char *append_line(struct head *head, struct span name, size_t length)
{
        char *room = head_take(head, name.length + 2 + length + 2);
        if (!room)
                return NULL;
        memcpy(room, name.data, name.length);
        room += name.length;
        *room++ = ':';
        *room++ = ' ';
        room[length] = '\r';
        room[length + 1] = '\n';
        return room;
}

/* Whatever lets a value end its own line would let it write the next one too. */
static bool splits_line(struct span value)
{
        for (size_t i = 0; i < value.length; i++)
                if (value.data[i] == '\r' || value.data[i] == '\n' || value.data[i] == '\0')
                        return true;
        return false;
}

void head_field(struct head *head, struct span name, struct span value)
{
        if (splits_line(value))
                head->overflow = true;
        char *room = append_line(head, name, value.length);
        if (room && value.length > 0)
                memcpy(room, value.data, value.length);
}

void head_number(struct head *head, struct span name, uint64_t value)
{
        char digits[NUMBER_DIGITS_MAX];
        size_t length = number_write(value, digits);
        char *room = append_line(head, name, length);
        if (room)
                memcpy(room, digits, length);
}

void head_date(struct head *head, struct span name, int64_t seconds)
{
        char *room = append_line(head, name, DATE_LENGTH);
        if (room)
                date_write(seconds, room);
}

void head_raw(struct head *head, struct span lines)
{
        append(head, lines);
}

void head_end(struct head *head)
{
        append(head, SPAN_LITERAL("\r\n"));
}
