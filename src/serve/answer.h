/* The answers there are: each puts one response into the exchange's queue, its
 * head written and its body's parts named. Without memory for it, nothing is
 * queued and the connection ends behind what is. */
#pragma once

#include "base/text.h"
#include "files/file.h"
#include "http/path.h"
#include "http/request.h"

struct exchange;
struct listing;

/* The file, or what its conditions and ranges make of it: 200, 206, 304, 412, 416. */
void answer_file(struct exchange *exchange, const struct http_request *request, struct file *file);

/* A status with a sentence as its body. */
void answer_status(struct exchange *exchange, const struct http_request *request,
                   enum http_status status, const char *reason);

/* 404 with the site's own page. */
void answer_not_found_page(struct exchange *exchange, const struct http_request *request,
                           struct file *page);

/* What an -errno of the file system means to the client. */
void answer_error(struct exchange *exchange, const struct http_request *request, int error);

/* To what is not a request, as the connection's last. request: what could be read
 * of it, for the log; or NULL. */
void answer_bad(struct exchange *exchange, const struct http_request *request,
                const struct request_failure *failure);

void answer_options(struct exchange *exchange, const struct http_request *request);

/* 301 to location, with the query behind it if there is one. */
void answer_redirect(struct exchange *exchange, const struct http_request *request,
                     enum http_status status, struct text *location, struct span query);

/* 301 to the same path with a slash. */
void answer_directory(struct exchange *exchange, const struct http_request *request,
                      const struct target_path *path);

/* The listing, of which it takes a reference; 503 when the connection holds too much
 * of such already. */
void answer_listing(struct exchange *exchange, const struct http_request *request,
                    const struct target_path *path, struct listing *listing);
