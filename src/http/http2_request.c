#include "http/http2_request.h"

#include <stdlib.h>

#include "base/number.h"
#include "http/characters.h"
#include "http/target.h"

void http2_request_begin(struct http2_request *request)
{
        request->length = 0;
        request->sent = 0;
        request->failure = (struct request_failure){0};
        struct http_request *head = &request->request;
        memset(head, 0, offsetof(struct http_request, fields));
        head->major_version = 2;
        head->minor_version = 1;
        head->keep_alive = true;
}

static void refuse(struct http2_request *request, enum http_status status, const char *reason)
{
        if (!request->failure.reason)
                request->failure = (struct request_failure){status, reason};
}

/* Room was asked for before. */
static struct span copy(struct http2_request *request, struct span text)
{
        char *to = request->text + request->length;
        if (text.length > 0)
                memcpy(to, text.data, text.length);
        request->length += text.length;
        return (struct span){to, text.length};
}

static void add_pseudo(struct http2_request *request, struct span name, struct span value)
{
        struct http_request *head = &request->request;

        if (span_equal(name, SPAN_LITERAL(":path")))
                head->target = copy(request, value);
        else if (span_equal(name, SPAN_LITERAL(":method")))
                head->method_token = copy(request, value);
        else if (span_equal(name, SPAN_LITERAL(":authority")))
                head->authority = copy(request, value);
}

static void add_field(struct http2_request *request, struct span name, struct span value)
{
        struct http_request *head = &request->request;

        if (head->field_count == REQUEST_FIELDS_MAX) {
                refuse(request, HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                       "There are more than 64 fields.");
                return;
        }
        struct http_field *field = &head->fields[head->field_count++];
        field->known = request_field_of(name);
        field->name = copy(request, name);
        field->value = copy(request, value);
        if (field->known != REQUEST_FIELD_OTHER && !head->known[field->known].data)
                head->known[field->known] = field->value;
}

void http2_request_add(struct http2_request *request, struct span name, struct span value)
{
        request->sent += name.length + value.length;
        if (value.length > REQUEST_LINE_MAX && span_equal(name, SPAN_LITERAL(":path"))) {
                refuse(request, HTTP_URI_TOO_LONG, "The path is longer than 8 KiB.");
                return;
        }
        if (name.length + value.length > sizeof(request->text) - request->length) {
                refuse(request, HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                       "The request's fields are longer than 16 KiB.");
                return;
        }
        if (name.length > 0 && name.data[0] == ':')
                add_pseudo(request, name, value);
        else
                add_field(request, name, value);
}

/* ---- All of it ---- */

/* RFC 9113 8.3.1 and 8.5: CONNECT has an authority and no path; an asterisk stands
 * for the server itself, and for OPTIONS alone. */
static void read_target(struct http2_request *request)
{
        struct http_request *head = &request->request;

        if (!character_is_all(head->method_token, CHARACTER_TOKEN)) {
                refuse(request, HTTP_BAD_REQUEST, "The method is not a token.");
                return;
        }
        if (head->method_token.length > REQUEST_METHOD_MAX)
                refuse(request, HTTP_NOT_IMPLEMENTED,
                       "The method's name is longer than any known here.");
        head->method = request_method_of(head->method_token);
        if (head->method == HTTP_CONNECT) {
                head->target = head->authority;
                return;
        }
        bool asterisk = span_equal(head->target, SPAN_LITERAL("*"));
        if (!character_is_all(head->target, CHARACTER_TARGET) ||
            (head->target.data[0] != '/' && !(asterisk && head->method == HTTP_OPTIONS)))
                refuse(request, HTTP_BAD_REQUEST,
                       "The path does not start with a slash, or is not printable ASCII "
                       "without '#'.");
}

/* RFC 9113 8.3.1: Host may stand in for the authority, and must not contradict it. */
static void read_authority(struct http2_request *request)
{
        struct http_request *head = &request->request;
        struct span host = head->known[REQUEST_HOST];

        if (!head->authority.data)
                head->authority = host;
        else if (host.data && !span_equal_fold(head->authority, host))
                refuse(request, HTTP_BAD_REQUEST, "Host is another than the authority.");
        if (!head->authority.data)
                refuse(request, HTTP_BAD_REQUEST, "Neither an authority nor Host was sent.");
        else if (!target_authority_valid(head->authority))
                refuse(request, HTTP_BAD_REQUEST,
                       "The authority is not a host with an optional port.");
}

/* Where a body ends is known without a length. So a body without one is what in
 * HTTP/1 is a chunked one. */
static void read_length(struct http2_request *request, bool has_body)
{
        struct http_request *head = &request->request;
        struct span length = head->known[REQUEST_CONTENT_LENGTH];

        if (length.data && number_parse(length, &head->content_length) < 0)
                refuse(request, HTTP_BAD_REQUEST,
                       "Content-Length is not one decimal number of bytes.");
        head->has_body = has_body;
        head->chunked = has_body && !length.data;
}

bool http2_request_end(struct http2_request *request, bool has_body)
{
        read_target(request);
        read_authority(request);
        read_length(request, has_body);
        return !request->failure.reason;
}

static void move(struct span *span, const char *from, char *to)
{
        if (span->data)
                span->data = to + (span->data - from);
}

struct http2_request *http2_request_copy(const struct http2_request *request)
{
        size_t size = offsetof(struct http2_request, text) + request->length;
        struct http2_request *same = malloc(size);
        if (!same)
                return NULL;
        memcpy(same, request, size);

        struct http_request *head = &same->request;
        move(&head->method_token, request->text, same->text);
        move(&head->target, request->text, same->text);
        move(&head->authority, request->text, same->text);
        for (size_t i = 0; i < REQUEST_FIELD_COUNT; i++)
                move(&head->known[i], request->text, same->text);
        for (size_t i = 0; i < head->field_count; i++) {
                move(&head->fields[i].name, request->text, same->text);
                move(&head->fields[i].value, request->text, same->text);
        }
        return same;
}
