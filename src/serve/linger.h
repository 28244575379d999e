/* The end of a connection that its last answer survives. close(2) with bytes of the peer's
 * unread sends a reset, and so does the kernel for those that come later: what of the answer
 * is still in the socket is lost then, although we have handed over all of it. So we say
 * that nothing more is sent, and read on, to drop it (RFC 9112 9.6). */
#pragma once

#include <stdbool.h>

struct connection;

/* How long it goes on for a peer that still sends, or does not take the answer. */
#define LINGER_MAX_S 30

/* Bytes of the peer's are here, or may be. Costs no call. */
bool linger_has_unread(const struct connection *connection);

/* Our end is closed, for most_s seconds at most; the rest is DEADLINE_LINGER's. */
void linger_begin(struct connection *connection, unsigned most_s);

/* Bytes came. False: it has lasted long enough. */
bool linger_received(struct connection *connection);

/* DEADLINE_LINGER has passed, so the peer is silent. False: close, it has all of the
 * answer, or time enough was given. */
bool linger_expired(struct connection *connection);

/* Closes an idle connection: at once, if the peer has all of its last answer. One of
 * HTTP/2 has sent its GOAWAY, and ends by itself otherwise. */
void linger_dismiss(struct connection *connection);
