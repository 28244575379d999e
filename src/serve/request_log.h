/* The access log's line: who asked for what, and how it went out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "http/request.h"

struct exchange;
struct response;
struct site;

/* The index-th format's name; NULL behind the last. */
const char *request_log_format_name(size_t index);

/* Notes what is asked for, while the request can still be read. */
void request_log_begin(struct exchange *exchange, struct response *response,
                       const struct http_request *request);

/* The same of what is no request: as much of it as was understood (NULL: nothing), and
 * what came, of which the first line is told. */
void request_log_refused(struct exchange *exchange, struct response *response,
                         const struct http_request *request, struct span received,
                         const char *reason);

/* With --verbose, says which methods gave way to another, and why. */
void request_log_fallbacks(struct exchange *exchange);

/* Says in the error log which file could not be read, and why: -errno. name: beneath
 * the site's root. What is the client's own doing is not told. */
void request_log_trouble(struct exchange *exchange, const struct site *site, const char *name,
                         int error);

/* Adds the line to the worker's, in the site's format:
 *   sluice:   peer - user [day/month/year:time zone] "request" status bytes way 0.123ms
 *             and " incomplete" behind it when not all was sent
 *   common:   the same up to the bytes
 *   combined: common, and behind it "referer" "user-agent"
 *   vhost:    the site's name, or -, and combined
 *   json:     an object
 * The user is who has logged in, or -. In JSON what is UTF-8 stays as it is, and a byte
 * that is not is written as the four characters \xHH. */
void request_log_response(struct exchange *exchange, const struct response *response,
                          bool complete);
