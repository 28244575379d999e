/* What the error log is told with --verbose, beside what it is told anyway: why somebody
 * was not served. Nothing of it is the server's own trouble. */
#pragma once

#include "base/span.h"
#include "http/status.h"

struct address;
struct connection;
struct exchange;
struct worker;

/* What came was no request. line: the first of it; .data NULL: none. */
void error_log_refused(struct exchange *exchange, enum http_status status, const char *reason,
                       struct span line);

/* The peer is not served: there is no room, or it does not do as it should. */
void error_log_turned_away(struct worker *worker, const struct address *peer, const char *why);

/* Its TLS handshake failed, or was not begun. */
void error_log_handshake(struct connection *connection, const char *why);
