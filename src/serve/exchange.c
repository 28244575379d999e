#include "serve/exchange.h"

#include "net/send.h"
#include "serve/connection.h"
#include "serve/listing_store.h"
#include "serve/request_log.h"
#include "serve/way.h"

void exchange_init(struct exchange *exchange, struct connection *connection, struct worker *worker)
{
        *exchange = (struct exchange){
                .connection = connection,
                .worker = worker,
                .site = &worker->service->sites[0],
        };
        STAILQ_INIT(&exchange->responses);
}

void exchange_finish_first(struct exchange *exchange, bool complete)
{
        struct response *response = STAILQ_FIRST(&exchange->responses);
        STAILQ_REMOVE_HEAD(&exchange->responses, queue);
        exchange->response_count--;
        response->way = way_on(response->way, &exchange->connection->stream);
        request_log_response(exchange, response, complete);
        if (exchange->connection->http2)
                metrics_add(&exchange->worker->metrics.http2_responses, 1);
        metrics_count_response(&exchange->worker->metrics, response, complete);
        if (response->listing) {
                exchange->connection->listing_bytes -= listing_text(response->listing).length;
                listing_unref(response->listing);
        }
        response_free(&exchange->worker->responses, response);
}

sluice_transfer *exchange_take_transfer(struct exchange *exchange)
{
        sluice_transfer *transfer = exchange->transfer;
        struct response *response = STAILQ_FIRST(&exchange->responses);
        response->way = sluice_method_name(sluice_method_used(exchange->transfer, NULL));
        response->body_sent += sluice_sent(exchange->transfer);
        request_log_fallbacks(exchange);
        metrics_count_fallbacks(&exchange->worker->metrics, exchange->transfer);
        exchange->transfer = NULL;
        if (exchange->fills_segments)
                send_fill_segments(exchange->connection->stream.fd, false);
        exchange->fills_segments = false;
        return transfer;
}

void exchange_end_transfer(struct exchange *exchange)
{
        sluice_close(exchange_take_transfer(exchange));
}

void exchange_abort(struct exchange *exchange)
{
        if (exchange->transfer)
                exchange_end_transfer(exchange);
        while (!STAILQ_EMPTY(&exchange->responses))
                exchange_finish_first(exchange, false);
}
