/* Who is at the other end of a connection, or says so by a proxy. */
#pragma once

#include "net/address.h"

struct connection;

/* Keeps the peer's address, without what nobody asks for, and counts it. False: it
 * has too many connections. From a proxy's address, the peer is not known yet. */
bool connection_enter(struct connection *connection, const struct address *peer);
/* The connection ends. */
void connection_leave(struct connection *connection);

/* On this host. */
bool connection_is_local(const struct connection *connection);

enum proxied {
        PROXIED_KNOWN, /* go on; also where no proxy is expected */
        PROXIED_LATER, /* the header is not whole yet */
        PROXIED_REFUSED, /* whom it speaks for has too many connections, and was told so: linger */
        PROXIED_BAD, /* close */
};

/* Takes the PROXY header off the input, where one is expected. */
enum proxied connection_read_proxy(struct connection *connection);
