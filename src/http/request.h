/* The head of an HTTP/1 request, read strictly (RFC 9112): whatever could be
 * understood in two ways is refused, because between two servers that
 * understand it differently a second request can be smuggled. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "http/status.h"

#define REQUEST_LINE_MAX 8192 /* bytes without the CRLF; over: 414 */
#define REQUEST_HEAD_MAX 16384 /* bytes, all of the head; over: 431 */
#define REQUEST_FIELDS_MAX 64 /* field lines; over: 431 */
#define REQUEST_METHOD_MAX 24 /* bytes; over: 501 */
#define REQUEST_EMPTY_LINES_MAX 4 /* skipped before the request line; over: 400 */

enum http_method {
        HTTP_METHOD_OTHER, /* a valid token that is none of these */
        HTTP_GET,
        HTTP_HEAD,
        HTTP_POST,
        HTTP_PUT,
        HTTP_PATCH,
        HTTP_DELETE,
        HTTP_OPTIONS,
        HTTP_TRACE,
        HTTP_CONNECT,
};

enum request_field {
        REQUEST_FIELD_OTHER,
        REQUEST_HOST,
        REQUEST_CONNECTION,
        REQUEST_CONTENT_LENGTH,
        REQUEST_TRANSFER_ENCODING,
        REQUEST_EXPECT,
        REQUEST_RANGE,
        REQUEST_IF_RANGE,
        REQUEST_IF_MATCH,
        REQUEST_IF_NONE_MATCH,
        REQUEST_IF_MODIFIED_SINCE,
        REQUEST_IF_UNMODIFIED_SINCE,
        REQUEST_ACCEPT,
        REQUEST_ACCEPT_ENCODING,
        REQUEST_AUTHORIZATION,
        REQUEST_ORIGIN,
        REQUEST_REFERER,
        REQUEST_USER_AGENT,
        REQUEST_FIELD_COUNT,
};

struct http_field {
        struct span name, value; /* value without the white space around it */
        enum request_field known;
};

/* All spans borrow from the bytes that were parsed. */
struct http_request {
        enum http_method method;
        struct span method_token;
        struct span target; /* as sent; its form fits the method (RFC 9112 3.2) */
        struct span authority; /* whom the request is for: an absolute target's authority, else
                                  Host's value; .data NULL: neither was sent (HTTP/1.0) */
        unsigned major_version; /* 1, or 2 (http2_request.h) */
        unsigned minor_version; /* 0 or 1; HTTP/1.2 and up are read as 1.1 (RFC 9110 2.5), and so
                                   is HTTP/2: it knows all that 1.1 does */
        bool keep_alive; /* RFC 9112 9.3, after Connection was read */
        bool has_body; /* chunked, or content_length > 0 */
        bool chunked;
        bool expect_continue; /* a body follows only after "100 Continue" */
        uint64_t content_length;
        struct span known[REQUEST_FIELD_COUNT]; /* first line of that name; .data NULL: absent */
        size_t field_count;
        struct http_field fields[REQUEST_FIELDS_MAX]; /* in order of arrival */
};

struct request_failure {
        enum http_status status;
        const char *reason; /* static: one readable sentence */
};

enum request_state {
        REQUEST_INCOMPLETE, /* call again with more bytes */
        REQUEST_BAD, /* answer *ret_failure, then close: what follows cannot be trusted */
        REQUEST_COMPLETE,
};

/* Parses the request head at the start of data. seen: how many bytes of data an
 * earlier call looked at and answered INCOMPLETE; 0 at first. They are not all
 * looked at again: an unfinished line is then judged only at its end.
 *
 * COMPLETE: *ret_request and *ret_head_length (the body, or the next request,
 * starts there) are set. BAD: *ret_failure is set, and of *ret_request the
 * method_token and the target, for the log, as far as they were read
 * (else .data NULL). Otherwise the contents of *ret_request mean nothing.
 *
 * The statuses: 400, 414, 417 (Expect), 431, 501 (method too long, transfer
 * coding), 505 (not HTTP/1, the HTTP/2 preface among them). */
enum request_state request_parse(const char *data, size_t length, size_t seen,
                                 struct http_request *ret_request, size_t *ret_head_length,
                                 struct request_failure *ret_failure)
        __attribute__((warn_unused_result));

/* HTTP_METHOD_OTHER: none of those known. */
enum http_method request_method_of(struct span token);
enum request_field request_field_of(struct span name);
