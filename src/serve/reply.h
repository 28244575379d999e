/* What every answer begins and ends with. */
#pragma once

#include "http/request.h"
#include "serve/response.h"

struct exchange;
struct site;

/* A response in the exchange's queue, its head begun: the status line and Date.
 * request: NULL when what came is none. NULL without memory: the connection
 * then ends behind what is queued. */
struct response *reply_begin(struct exchange *exchange, const struct http_request *request,
                             enum http_status status);

/* Puts a response whose head is ready into the queue. */
void reply_queue(struct exchange *exchange, struct response *response, enum http_status status);

/* The lines that the options have every response carry. */
void reply_site_fields(struct head *head, const struct site *site);

void reply_field(struct response *response, const char *name, const char *value);

/* Ends the head. */
void reply_end(struct exchange *exchange, const struct http_request *request,
               struct response *response);

/* Ends the head, and has the bytes, which live as long as the response, as the body. */
void reply_end_with_bytes(struct exchange *exchange, const struct http_request *request,
                          struct response *response, struct span bytes, const char *type);

/* Ends the head, and has the status and a sentence as the body. */
void reply_end_with_reason(struct exchange *exchange, const struct http_request *request,
                           struct response *response, const char *reason);
