/* Conditional requests (RFC 9110 section 13). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "http/request.h"
#include "http/status.h"

#define MODIFIED_UNKNOWN INT64_MIN

struct validators {
        struct span etag; /* with its quotes, and W/ if weak; .data NULL: has none */
        int64_t modified; /* seconds since the epoch, or MODIFIED_UNKNOWN */
};

/* The preconditions in the order of section 13.2.2, for a representation that
 * exists. HTTP_OK: go on; HTTP_NOT_MODIFIED; HTTP_PRECONDITION_FAILED. Lists of tags
 * may be spread over several field lines. Call it only where the answer without
 * conditions would be a success (section 13.2.1). */
enum http_status conditional_evaluate(const struct http_request *request,
                                      const struct validators *validators, int64_t now);

/* Whether the request's Range counts. False: If-Range asks for the whole representation,
 * or Range was sent more than once. A tag must match strongly; a date must be equal, and
 * at least 2 s old: a file may change twice in one second. */
bool conditional_range_applies(const struct http_request *request,
                               const struct validators *validators, int64_t now);
