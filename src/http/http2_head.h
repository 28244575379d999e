/* A response head as fields of HTTP/2 (RFC 9113 8.3.2): the status line becomes
 * ":status", and what belongs to a connection of HTTP/1 is left out. */
#pragma once

#include <nghttp2/nghttp2.h>

#include "base/span.h"

#define HTTP2_HEAD_FIELDS_MAX 64

/* head: as http/response.h writes it. The fields borrow from it; names may have
 * upper case in them, which nghttp2 changes as it copies them. False: there are more
 * than HTTP2_HEAD_FIELDS_MAX. */
bool http2_head_read(struct span head, nghttp2_nv fields[static HTTP2_HEAD_FIELDS_MAX],
                     size_t *ret_count) __attribute__((warn_unused_result));
