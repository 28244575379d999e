#include "http/request.h"

#include "http/characters.h"
#include "http/framing.h"
#include "http/target.h"

/* One pass over the bytes. The cursor never goes back, and every verdict depends
 * on the bytes up to it alone: so a head gives the same answer however it is cut
 * into packets. */
struct cursor {
        const char *at, *end;
        const struct request_failure *limit; /* what passing the end means; NULL: more may come */
};

static const struct request_failure line_limit = {HTTP_URI_TOO_LONG,
                                                  "The request line is longer than 8 KiB."};
static const struct request_failure head_limit = {HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                                                  "The request head is longer than 16 KiB."};

static enum request_state bad(struct request_failure *ret_failure, enum http_status status,
                              const char *reason)
{
        *ret_failure = (struct request_failure){.status = status, .reason = reason};
        return REQUEST_BAD;
}

static enum request_state out_of_bytes(const struct cursor *cursor,
                                       struct request_failure *ret_failure)
{
        if (!cursor->limit)
                return REQUEST_INCOMPLETE;
        *ret_failure = *cursor->limit;
        return REQUEST_BAD;
}

static const struct {
        struct span token;
        enum http_method method;
} methods[] = {
        {SPAN_LITERAL("GET"), HTTP_GET},         {SPAN_LITERAL("HEAD"), HTTP_HEAD},
        {SPAN_LITERAL("POST"), HTTP_POST},       {SPAN_LITERAL("PUT"), HTTP_PUT},
        {SPAN_LITERAL("PATCH"), HTTP_PATCH},     {SPAN_LITERAL("DELETE"), HTTP_DELETE},
        {SPAN_LITERAL("OPTIONS"), HTTP_OPTIONS}, {SPAN_LITERAL("TRACE"), HTTP_TRACE},
        {SPAN_LITERAL("CONNECT"), HTTP_CONNECT},
};

/* Sorted by the name's length, so that most names are dismissed by one compare. */
static const struct {
        struct span name;
        enum request_field field;
} known_fields[] = {
        {SPAN_LITERAL("Host"), REQUEST_HOST},
        {SPAN_LITERAL("Range"), REQUEST_RANGE},
        {SPAN_LITERAL("Accept"), REQUEST_ACCEPT},
        {SPAN_LITERAL("Expect"), REQUEST_EXPECT},
        {SPAN_LITERAL("Origin"), REQUEST_ORIGIN},
        {SPAN_LITERAL("Referer"), REQUEST_REFERER},
        {SPAN_LITERAL("If-Match"), REQUEST_IF_MATCH},
        {SPAN_LITERAL("If-Range"), REQUEST_IF_RANGE},
        {SPAN_LITERAL("Connection"), REQUEST_CONNECTION},
        {SPAN_LITERAL("User-Agent"), REQUEST_USER_AGENT},
        {SPAN_LITERAL("Authorization"), REQUEST_AUTHORIZATION},
        {SPAN_LITERAL("If-None-Match"), REQUEST_IF_NONE_MATCH},
        {SPAN_LITERAL("Content-Length"), REQUEST_CONTENT_LENGTH},
        {SPAN_LITERAL("Accept-Encoding"), REQUEST_ACCEPT_ENCODING},
        {SPAN_LITERAL("If-Modified-Since"), REQUEST_IF_MODIFIED_SINCE},
        {SPAN_LITERAL("Transfer-Encoding"), REQUEST_TRANSFER_ENCODING},
        {SPAN_LITERAL("If-Unmodified-Since"), REQUEST_IF_UNMODIFIED_SINCE},
};

enum http_method request_method_of(struct span token)
{
        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
                if (span_equal(methods[i].token, token))
                        return methods[i].method;
        return HTTP_METHOD_OTHER;
}

enum request_field request_field_of(struct span name)
{
        for (size_t i = 0; i < sizeof(known_fields) / sizeof(known_fields[0]); i++) {
                if (known_fields[i].name.length > name.length)
                        break;
                if (span_equal_fold(known_fields[i].name, name))
                        return known_fields[i].field;
        }
        return REQUEST_FIELD_OTHER;
}

static struct span span_since(const char *start, const struct cursor *cursor)
{
        return (struct span){.data = start, .length = (size_t)(cursor->at - start)};
}

static inline __attribute__((always_inline)) void skip_class(struct cursor *cursor,
                                                             enum character_class class)
{
        cursor->at = characters_skip(cursor->at, cursor->end, class);
}

/* CRLF is there: COMPLETE, and the cursor is behind it. BAD: something else is. */
static enum request_state skip_line_end(struct cursor *cursor)
{
        if (cursor->at == cursor->end)
                return REQUEST_INCOMPLETE;
        if (cursor->at[0] != '\r')
                return REQUEST_BAD;
        if (cursor->end - cursor->at == 1)
                return REQUEST_INCOMPLETE;
        if (cursor->at[1] != '\n')
                return REQUEST_BAD;
        cursor->at += 2;
        return REQUEST_COMPLETE;
}

/* RFC 9112 2.2: some clients send a CRLF too many behind a body. */
static enum request_state skip_empty_lines(struct cursor *cursor,
                                           struct request_failure *ret_failure)
{
        for (unsigned lines = 0; cursor->at < cursor->end && *cursor->at == '\r'; lines++) {
                if (lines == REQUEST_EMPTY_LINES_MAX)
                        return bad(ret_failure, HTTP_BAD_REQUEST,
                                   "There are too many empty lines before the request.");
                enum request_state state = skip_line_end(cursor);
                if (state == REQUEST_BAD)
                        return bad(ret_failure, HTTP_BAD_REQUEST,
                                   "A carriage return stands alone.");
                if (state == REQUEST_INCOMPLETE)
                        return REQUEST_INCOMPLETE;
        }
        return REQUEST_COMPLETE;
}

/* "HTTP/" DIGIT "." DIGIT CRLF. */
static enum request_state parse_version(struct cursor *cursor, struct http_request *request,
                                        struct request_failure *ret_failure)
{
        static const char form[] = "HTTP/D.D", usual[] = "HTTP/1.1\r\n";
        char digits[2];
        size_t digit_count = 0;

        if ((size_t)(cursor->end - cursor->at) >= sizeof(usual) - 1 &&
            memcmp(cursor->at, usual, sizeof(usual) - 1) == 0) {
                request->major_version = request->minor_version = 1;
                cursor->at += sizeof(usual) - 1;
                return REQUEST_COMPLETE;
        }
        for (const char *expected = form; *expected; expected++, cursor->at++) {
                if (cursor->at == cursor->end)
                        return out_of_bytes(cursor, ret_failure);
                if (*expected == 'D' && *cursor->at >= '0' && *cursor->at <= '9')
                        digits[digit_count++] = *cursor->at;
                else if (*expected == 'D' || *cursor->at != *expected)
                        return bad(ret_failure, HTTP_BAD_REQUEST,
                                   "The request line does not end in an HTTP version.");
        }
        enum request_state state = skip_line_end(cursor);
        if (state == REQUEST_INCOMPLETE)
                return out_of_bytes(cursor, ret_failure);
        if (state == REQUEST_BAD)
                return bad(ret_failure, HTTP_BAD_REQUEST, "The request line does not end in CRLF.");
        if (digits[0] != '1')
                return bad(ret_failure, HTTP_VERSION_NOT_SUPPORTED,
                           "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
        request->major_version = 1;
        request->minor_version = digits[1] == '0' ? 0 : 1;
        return REQUEST_COMPLETE;
}

/* RFC 9112 3.2.3: unlike Host, CONNECT's target always has one. */
static bool ends_in_port(struct span authority)
{
        const char *colon = memrchr(authority.data, ':', authority.length);
        const char *last = authority.data + authority.length - 1;
        return colon && colon < last && *last != ']';
}

/* RFC 9112 3.2: which form of target goes with which method. */
static bool target_fits_method(const struct http_request *request)
{
        struct target_parts parts;
        if (request->target.data[0] == '/')
                return request->method != HTTP_CONNECT;
        switch (target_split(request->target, &parts)) {
        case TARGET_ABSOLUTE:
                return request->method != HTTP_CONNECT && parts.authority.length > 0 &&
                       target_authority_valid(parts.authority);
        case TARGET_AUTHORITY:
                return request->method == HTTP_CONNECT && ends_in_port(request->target);
        case TARGET_ASTERISK:
                return request->method == HTTP_OPTIONS;
        case TARGET_ORIGIN:
        case TARGET_INVALID:
                break;
        }
        return false;
}

static enum request_state parse_line(struct cursor *cursor, struct http_request *request,
                                     struct request_failure *ret_failure)
{
        const char *start = cursor->at;
        skip_class(cursor, CHARACTER_TOKEN);
        if (cursor->at == cursor->end)
                return out_of_bytes(cursor, ret_failure);
        if (cursor->at == start || *cursor->at != ' ')
                return bad(ret_failure, HTTP_BAD_REQUEST,
                           "The request does not start with a method and a space.");
        request->method_token = span_since(start, cursor);
        cursor->at++;

        start = cursor->at;
        skip_class(cursor, CHARACTER_TARGET);
        if (cursor->at == cursor->end)
                return out_of_bytes(cursor, ret_failure);
        if (cursor->at == start || *cursor->at != ' ')
                return bad(ret_failure, HTTP_BAD_REQUEST,
                           "The request target is not one word of printable ASCII "
                           "without '#', with a version behind it.");
        request->target = span_since(start, cursor);
        cursor->at++;

        enum request_state state = parse_version(cursor, request, ret_failure);
        if (state != REQUEST_COMPLETE)
                return state;
        if (request->method_token.length > REQUEST_METHOD_MAX)
                return bad(ret_failure, HTTP_NOT_IMPLEMENTED,
                           "The method's name is longer than any known here.");
        request->method = request_method_of(request->method_token);
        if (!target_fits_method(request))
                return bad(ret_failure, HTTP_BAD_REQUEST,
                           "The request target has not the form its method asks for.");
        return REQUEST_COMPLETE;
}

static enum request_state parse_field(struct cursor *cursor, struct http_request *request,
                                      struct request_failure *ret_failure)
{
        const char *start = cursor->at;
        if (character_is_space(*start))
                return bad(ret_failure, HTTP_BAD_REQUEST, "A field line starts with white space.");
        skip_class(cursor, CHARACTER_TOKEN);
        if (cursor->at == cursor->end)
                return out_of_bytes(cursor, ret_failure);
        if (cursor->at == start || *cursor->at != ':')
                return bad(ret_failure, HTTP_BAD_REQUEST,
                           "A field's name is not a token with a colon right behind it.");
        if (request->field_count == REQUEST_FIELDS_MAX)
                return bad(ret_failure, HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                           "There are more than 64 field lines.");
        struct span name = span_since(start, cursor);
        cursor->at++;

        while (cursor->at < cursor->end && character_is_space(*cursor->at))
                cursor->at++;
        start = cursor->at;
        skip_class(cursor, CHARACTER_VALUE);
        struct span value = span_since(start, cursor);
        while (value.length > 0 && character_is_space(value.data[value.length - 1]))
                value.length--;

        enum request_state state = skip_line_end(cursor);
        if (state == REQUEST_INCOMPLETE)
                return out_of_bytes(cursor, ret_failure);
        if (state == REQUEST_BAD)
                return bad(ret_failure, HTTP_BAD_REQUEST,
                           "A field line holds a control character, or ends without CRLF.");

        enum request_field known = request_field_of(name);
        request->fields[request->field_count++] =
                (struct http_field){.name = name, .value = value, .known = known};
        if (known != REQUEST_FIELD_OTHER && !request->known[known].data)
                request->known[known] = value;
        return REQUEST_COMPLETE;
}

static enum request_state parse_fields(struct cursor *cursor, struct http_request *request,
                                       struct request_failure *ret_failure)
{
        for (;;) {
                if (cursor->at == cursor->end)
                        return out_of_bytes(cursor, ret_failure);
                if (*cursor->at == '\r')
                        break;
                enum request_state state = parse_field(cursor, request, ret_failure);
                if (state != REQUEST_COMPLETE)
                        return state;
        }
        enum request_state state = skip_line_end(cursor);
        if (state == REQUEST_INCOMPLETE)
                return out_of_bytes(cursor, ret_failure);
        if (state == REQUEST_BAD)
                return bad(ret_failure, HTTP_BAD_REQUEST, "A carriage return stands alone.");
        return REQUEST_COMPLETE;
}

static struct cursor cursor_over(const char *at, size_t available, size_t most,
                                 const struct request_failure *limit)
{
        return (struct cursor){
                .at = at,
                .end = at + (available < most ? available : most),
                .limit = available < most ? NULL : limit,
        };
}

/* Can the bytes since seen have changed the answer INCOMPLETE? They can when a line
 * has ended or a limit was passed; else a client that sends one byte a packet would
 * have us read the head again for each. */
static bool may_have_changed(const char *data, size_t length, size_t seen)
{
        if (seen == 0 || length >= REQUEST_HEAD_MAX)
                return true;
        if (length > REQUEST_LINE_MAX && seen <= REQUEST_LINE_MAX + 2 + 2 * REQUEST_EMPTY_LINES_MAX)
                return true;
        return length > seen && memchr(data + seen, '\n', length - seen);
}

enum request_state request_parse(const char *data, size_t length, size_t seen,
                                 struct http_request *ret_request, size_t *ret_head_length,
                                 struct request_failure *ret_failure)
{
        if (length == 0 || !may_have_changed(data, length, seen))
                return REQUEST_INCOMPLETE;

        struct http_request *request = ret_request;
        request->method_token = (struct span){0};
        request->target = (struct span){0};
        request->field_count = 0;
        memset(request->known, 0, sizeof(request->known));

        struct cursor cursor = cursor_over(data, length, REQUEST_HEAD_MAX, &head_limit);
        enum request_state state = skip_empty_lines(&cursor, ret_failure);
        if (state != REQUEST_COMPLETE)
                return state;

        struct cursor line = cursor_over(cursor.at, (size_t)(data + length - cursor.at),
                                         REQUEST_LINE_MAX + 2, &line_limit);
        state = parse_line(&line, request, ret_failure);
        if (state != REQUEST_COMPLETE)
                return state;

        cursor.at = line.at;
        state = parse_fields(&cursor, request, ret_failure);
        if (state != REQUEST_COMPLETE)
                return state;
        if (!framing_read(request, ret_failure))
                return REQUEST_BAD;
        *ret_head_length = (size_t)(cursor.at - data);
        return REQUEST_COMPLETE;
}
