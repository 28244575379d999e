#include "serve/error_log.h"

#include "http/escape.h"
#include "serve/connection.h"

void error_log_refused(struct exchange *exchange, enum http_status status, const char *reason,
                       struct span line)
{
        struct worker *worker = exchange->worker;
        char peer[ADDRESS_TEXT_SIZE];

        if (!worker->service->options->verbose)
                return;
        text_printf(&worker->errors, "sluice: refused a request of %s: %d, %s",
                    connection_peer(exchange->connection, peer), (int)status, reason);
        if (line.length > 0) {
                /* Each byte becomes four at most. */
                size_t size = 4 * line.length + 1;
                text_puts(&worker->errors, " It began: \"");
                char *room = text_room(&worker->errors, size);
                if (room)
                        worker->errors.length += escape_log(line, room, size);
                text_puts(&worker->errors, "\"");
        }
        text_puts(&worker->errors, "\n");
}

void error_log_turned_away(struct worker *worker, const struct address *peer, const char *why)
{
        char text[ADDRESS_TEXT_SIZE];

        if (worker->service->options->verbose)
                text_printf(&worker->errors, "sluice: turned away %s: %s\n",
                            address_host(peer, text), why);
}

void error_log_handshake(struct connection *connection, const char *why)
{
        struct worker *worker = connection->exchange.worker;
        char peer[ADDRESS_TEXT_SIZE];

        if (worker->service->options->verbose)
                text_printf(&worker->errors, "sluice: no TLS with %s: %s\n",
                            connection_peer(connection, peer), why);
}
