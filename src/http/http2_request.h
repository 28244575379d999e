/* The head of an HTTP/2 request (RFC 9113 8.3): its fields, which come one by one
 * as HPACK gives them out, become the same struct as a head of HTTP/1. */
#pragma once

#include "http/request.h"

/* What is within HTTP/1's limits: REQUEST_LINE_MAX for the path, REQUEST_HEAD_MAX
 * for names and values together, REQUEST_FIELDS_MAX. */
struct http2_request {
        struct http_request request; /* its spans are in text */
        struct request_failure failure; /* the first; .reason NULL: none */
        uint64_t sent; /* bytes of names and values, also of those that were not kept */
        size_t length; /* of text */
        char text[REQUEST_HEAD_MAX];
};

void http2_request_begin(struct http2_request *request);

/* name: in lower case; a pseudo-header's with its colon. Both are copied. What is
 * too much is noted as the failure. */
void http2_request_add(struct http2_request *request, struct span name, struct span value);

/* All fields are there. has_body: bytes of one will follow. False: request->failure
 * is the answer: 400, 414, 431, 501. */
bool http2_request_end(struct http2_request *request, bool has_body)
        __attribute__((warn_unused_result));

/* The same on the heap, no longer than it must be; for free(3). It can be added to
 * no more. NULL: no memory. */
struct http2_request *http2_request_copy(const struct http2_request *request);
