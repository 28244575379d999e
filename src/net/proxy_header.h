/* The PROXY protocol, versions 1 and 2, by which a proxy says for whom it speaks
 * (haproxy's doc/proxy-protocol.txt). Pure. */
#pragma once

#include "base/span.h"
#include "net/address.h"

/* The longest that is accepted: version 2 may carry more than addresses. */
#define PROXY_HEADER_MAX 1024

enum proxy_header_state {
        PROXY_HEADER_INCOMPLETE, /* call again with more bytes */
        PROXY_HEADER_BAD, /* none, or not a right one: close */
        PROXY_HEADER_PEER, /* *ret_peer is whom the proxy speaks for */
        PROXY_HEADER_NO_PEER, /* the proxy speaks for itself, or of nothing known */
};

/* *ret_length is set for the last two: where the header ends. */
enum proxy_header_state proxy_header_parse(struct span data, struct address *ret_peer,
                                           size_t *ret_length) __attribute__((warn_unused_result));
