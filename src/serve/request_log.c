#include "serve/request_log.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "http/escape.h"
#include "serve/connection.h"

/* Of what is longer, so much is logged. */
#define TARGET_MAX 1024
#define METHOD_MAX 32

static void append_escaped(struct text *line, struct span value, size_t most)
{
        if (value.length > most)
                value.length = most;
        /* Each byte becomes four at most. */
        char *room = text_room(line, 4 * value.length + 1);
        if (room)
                line->length += escape_log(value, room, 4 * value.length + 1);
}

void request_log_begin(struct connection *c, struct response *response,
                       const struct http_request *request, bool complete)
{
        struct text line = {0};

        if (!c->worker->site->log)
                return;
        response->began_ns = c->worker->asked_ns;
        if (request && request->target.data) {
                append_escaped(&line, request->method_token, METHOD_MAX);
                text_puts(&line, " ");
                append_escaped(&line, request->target, TARGET_MAX);
                if (complete)
                        text_printf(&line, " HTTP/1.%u", request->minor_version);
        } else {
                text_puts(&line, "-");
        }
        /* The NUL makes a string of it. */
        text_append(&line, (struct span){"", 1});
        if (line.failed)
                text_done(&line);
        response->log_line = line.data;
}

void request_log_fallbacks(struct connection *c)
{
        const struct site *site = c->worker->site;
        const char *used = sluice_method_name(sluice_method_used(c->transfer, NULL)), *why;
        const sluice_method *method;

        if (!site->log || !site->options->verbose)
                return;
        for (size_t i = 0; (method = sluice_fallback(c->transfer, i, &why)) != NULL; i++)
                text_printf(&c->worker->log, "sluice: %s gave way to %s: %s\n",
                            sluice_method_name(method), used, why);
}

static const char *stamp(char buffer[static 32])
{
        struct tm local;
        time_t now = time(NULL);
        if (!localtime_r(&now, &local) || !strftime(buffer, 32, "%d/%b/%Y:%T %z", &local))
                buffer[0] = '\0';
        return buffer;
}

void request_log_response(struct connection *c, const struct response *response, bool complete)
{
        char peer[ADDRESS_TEXT_SIZE], time_text[32];

        if (!response->log_line)
                return;
        uint64_t us = (clock_monotonic_ns() - response->began_ns) / NS_PER_US;
        text_printf(&c->worker->log, "%s - - [%s] \"%s\" %d %ju %s %ju.%03jums%s\n",
                    connection_peer(c, peer), stamp(time_text), response->log_line,
                    (int)response->status, (uintmax_t)response->body_sent, response->way,
                    (uintmax_t)(us / 1000), (uintmax_t)(us % 1000), complete ? "" : " incomplete");
}
