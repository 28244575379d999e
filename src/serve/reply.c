#include "serve/reply.h"

#include <stdio.h>

#include "base/clock.h"
#include "http/body.h"
#include "serve/connection.h"
#include "serve/file_sender.h"
#include "serve/request_log.h"
#include "serve/way.h"

void reply_field(struct response *response, const char *name, const char *value)
{
        head_field(&response->head, span_of(name), span_of(value));
}

void reply_queue(struct exchange *exchange, struct response *response, enum http_status status)
{
        STAILQ_INSERT_TAIL(&exchange->responses, response, queue);
        exchange->response_count++;
        response->site = exchange->site;
        response->status = status;
}

void reply_site_fields(struct head *head, const struct site *site)
{
        const struct text *always = &site->fields.always;
        if (always->length)
                head_raw(head, (struct span){always->data, always->length});
}

/* How the body will go out, as far as that is known now, and what it took so far. */
static void add_timing(struct exchange *exchange, struct response *response)
{
        const struct file *file = response->file;
        const struct stream *stream = &exchange->connection->stream;
        const char *way = "memory";
        if (file && !file->body)
                way = sluice_method_name(file_sender_method(exchange, exchange->site));
        way = way_on(way, stream);
        uint64_t us = (clock_monotonic_ns() - exchange->worker->asked_ns) / NS_PER_US;
        char value[96];

        (void)snprintf(value, sizeof(value), "body;desc=\"%s\", head;dur=%ju.%03ju", way,
                       (uintmax_t)(us / 1000), (uintmax_t)(us % 1000));
        reply_field(response, "Server-Timing", value);
}

struct response *reply_begin(struct exchange *exchange, const struct http_request *request,
                             enum http_status status)
{
        struct worker *worker = exchange->worker;
        struct response *response = response_new(&worker->responses);

        bool body_stays = request && request->has_body && !body_can_be_dropped(request);
        if (!request || !request->keep_alive || body_stays || worker->stopping || !response)
                exchange->last_response = true;
        /* Who did not mean it to be the last may have sent more. */
        if (!request || request->keep_alive || body_stays)
                exchange->linger |= exchange->last_response;
        if (!response)
                return NULL;

        reply_queue(exchange, response, status);
        if (request)
                request_log_begin(exchange, response, request);
        worker_read_clock(worker);
        head_start(&response->head, response->head_buffer, worker->responses.head_size, status);
        head_raw(&response->head, (struct span){worker->date_line, worker->date_length});
        /* Nothing of a site's, and no Strict-Transport-Security (RFC 6797 7.2). */
        if (!exchange->connection->redirects)
                reply_site_fields(&response->head, exchange->site);
        return response;
}

void reply_end(struct exchange *exchange, const struct http_request *request,
               struct response *response)
{
        if (exchange->site->options->server_timing && request)
                add_timing(exchange, response);
        if (exchange->last_response)
                reply_field(response, "Connection", "close");
        else if (request && request->minor_version == 0)
                reply_field(response, "Connection", "keep-alive");
        head_end(&response->head);
}

void reply_end_with_bytes(struct exchange *exchange, const struct http_request *request,
                          struct response *response, struct span bytes, const char *type)
{
        reply_field(response, "Content-Type", type);
        reply_field(response, "X-Content-Type-Options", "nosniff");
        head_number(&response->head, SPAN_LITERAL("Content-Length"), bytes.length);
        reply_end(exchange, request, response);
        if (!request || request->method != HTTP_HEAD) {
                response->way = "memory";
                response_add_bytes(response, bytes);
        }
}

void reply_end_with_reason(struct exchange *exchange, const struct http_request *request,
                           struct response *response, const char *reason)
{
        text_printf(&response->text, "%d %s\n%s\n", (int)response->status,
                    status_reason(response->status), reason);
        reply_end_with_bytes(exchange, request, response,
                             (struct span){response->text.data, response->text.length},
                             "text/plain; charset=utf-8");
}
