/* What the fields of a request head mean together: for whom it is, where its
 * body ends, whether the connection lives on (RFC 9112 sections 3.2, 6, 9). */
#pragma once

#include <stdbool.h>

#include "http/request.h"

/* Sets authority, keep_alive, has_body, chunked, content_length and
 * expect_continue of a request whose line and fields are read. False:
 * *ret_failure says why it is refused. */
bool framing_read(struct http_request *request, struct request_failure *ret_failure)
        __attribute__((warn_unused_result));
