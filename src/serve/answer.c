#include "serve/answer.h"

#include <errno.h>

#include "http/escape.h"
#include "serve/connection.h"
#include "serve/exchange.h"
#include "serve/listing_store.h"
#include "serve/reply.h"
#include "serve/request_log.h"
#include "serve/resolve.h"

#define ALLOWED "GET, HEAD, OPTIONS"
/* What a script elsewhere may ask for, and for how long it need not ask again. */
#define PREFLIGHT                                                                    \
        "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"                       \
        "Access-Control-Allow-Headers: Authorization, If-Match, If-Modified-Since, " \
        "If-None-Match, If-Range, If-Unmodified-Since, Range\r\n"                    \
        "Access-Control-Max-Age: 86400\r\n"

void answer_status(struct exchange *exchange, const struct http_request *request,
                   enum http_status status, const char *reason)
{
        struct response *response = reply_begin(exchange, request, status);
        if (!response)
                return;
        if (status == HTTP_METHOD_NOT_ALLOWED)
                reply_field(response, "Allow", ALLOWED);
        if (status == HTTP_UNAUTHORIZED)
                reply_field(response, "WWW-Authenticate",
                            "Basic realm=\"sluice\", charset=\"UTF-8\"");
        if (status == HTTP_SERVICE_UNAVAILABLE)
                reply_field(response, "Retry-After", "1");
        reply_end_with_reason(exchange, request, response, reason);
}

void answer_bad(struct exchange *exchange, const struct http_request *request,
                const struct request_failure *failure)
{
        const struct connection *connection = exchange->connection;
        struct span received = {0};
        if (!connection->http2)
                received = (struct span){connection->input, connection->input_length};
        /* Whom it was for, nobody can tell. */
        exchange->site = &exchange->worker->service->sites[0];
        struct response *response = reply_begin(exchange, NULL, failure->status);
        if (!response)
                return;
        request_log_refused(exchange, response, request, received, failure->reason);
        reply_end_with_reason(exchange, NULL, response, failure->reason);
}

void answer_options(struct exchange *exchange, const struct http_request *request)
{
        struct response *response = reply_begin(exchange, request, HTTP_NO_CONTENT);
        if (!response)
                return;
        reply_field(response, "Allow", ALLOWED);
        if (exchange->site->options->cors)
                head_raw(&response->head, SPAN_LITERAL(PREFLIGHT));
        reply_end(exchange, request, response);
}

void answer_error(struct exchange *exchange, const struct http_request *request, int error)
{
        if (resolve_error_is_absence(error)) {
                answer_status(exchange, request, HTTP_NOT_FOUND, "There is no such file here.");
                return;
        }
        switch (error) {
        case -EACCES:
        case -EPERM:
                answer_status(exchange, request, HTTP_FORBIDDEN, "The server may not read this.");
                return;
        case -EMFILE:
        case -ENFILE:
                answer_status(exchange, request, HTTP_SERVICE_UNAVAILABLE,
                              "Too many files are open; try again.");
                return;
        case -EAGAIN:
        case -ENOMEM:
                answer_status(exchange, request, HTTP_SERVICE_UNAVAILABLE,
                              "The server is too busy; try again.");
                return;
        default:
                answer_status(exchange, request, HTTP_INTERNAL_SERVER_ERROR,
                              "The file cannot be read.");
        }
}

/* Its head may be long: it has a buffer of its own. */
void answer_redirect(struct exchange *exchange, const struct http_request *request,
                     enum http_status status, struct text *location, struct span query)
{
        struct response *response = reply_begin(exchange, request, status);
        if (!response)
                return;

        if (query.data)
                text_puts(location, "?");
        text_append(location, query);
        size_t capacity = response->head.length + location->length + 256;
        char *buffer = location->failed ? NULL : text_room(&response->text, capacity);
        if (buffer) {
                struct head *head = &response->head;
                memcpy(buffer, head->data, head->length);
                *head = (struct head){buffer, capacity, head->length, false};
                head_field(head, SPAN_LITERAL("Location"),
                           (struct span){location->data, location->length});
        }
        head_number(&response->head, SPAN_LITERAL("Content-Length"), 0);
        reply_end(exchange, request, response);
}

/* The path in normal form, so that "//host" cannot lead to another host. */
void answer_directory(struct exchange *exchange, const struct http_request *request,
                      const struct target_path *path)
{
        struct span name = {path->path, path->length};
        struct text location = {0};

        text_puts(&location, "/");
        char *room = text_room(&location, 3 * name.length + 1);
        if (room)
                location.length += escape_uri_path(name, room, 3 * name.length + 1);
        text_puts(&location, "/");
        answer_redirect(exchange, request, HTTP_MOVED_PERMANENTLY, &location, path->query);
        text_done(&location);
}

/* Whether the connection may be sent so much more. One listing it always may. */
static bool may_hold(const struct exchange *exchange, size_t length)
{
        const struct connection *connection = exchange->connection;
        uint64_t share = listing_store_share(exchange->worker->service->listings);

        return connection->listing_bytes == 0 || connection->listing_bytes + length <= share;
}

void answer_listing(struct exchange *exchange, const struct http_request *request,
                    const struct target_path *path, struct listing *listing)
{
        bool json = listing_wish_of(request, path->query).json;
        struct span text = listing_text(listing);
        if (!may_hold(exchange, text.length)) {
                answer_error(exchange, request, -EAGAIN);
                return;
        }
        struct response *response = reply_begin(exchange, request, HTTP_OK);
        if (!response)
                return;
        response->listing = listing_ref(listing);
        exchange->connection->listing_bytes += text.length;
        reply_field(response, "Cache-Control", "no-cache");
        reply_field(response, "Vary", "Accept");
        if (!json)
                reply_field(response, "Content-Security-Policy", LISTING_POLICY);
        reply_end_with_bytes(exchange, request, response, text,
                             json ? "application/json" : "text/html; charset=utf-8");
}
