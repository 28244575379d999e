/* A connection's TLS: when it begins, and when it does not. */
#pragma once

#include "serve/connection.h"

/* Begins, with what has been received already, where TLS is spoken; else, or when it
 * has begun, nothing. 0; -EBUSY: the peer has had too many handshakes; -ENOMEM. */
int connection_secure(struct connection *connection) __attribute__((warn_unused_result));

/* The handshake is over: of struct stream_handlers. */
void connection_secured(struct stream *stream, int result);
