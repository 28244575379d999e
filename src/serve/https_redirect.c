#include "serve/https_redirect.h"

#include "http/target.h"
#include "serve/answer.h"
#include "serve/exchange.h"

void https_redirect_answer(struct exchange *exchange, const struct http_request *request)
{
        struct target_parts parts = {0};
        struct text location = {0};
        /* The port there is not that of HTTPS. */
        struct span host = target_host(request->authority);
        uint16_t port = exchange->worker->service->https_port;
        enum target_form form = target_split(request->target, &parts);

        if (host.length == 0 || form == TARGET_INVALID || form == TARGET_AUTHORITY) {
                answer_status(exchange, request, HTTP_BAD_REQUEST,
                              "Ask by https://, or say which host this is for.");
                return;
        }
        /* The path begins with a slash, so that it cannot become part of the host. */
        text_puts(&location, "https://");
        text_append(&location, host);
        if (port != 443)
                text_printf(&location, ":%u", (unsigned)port);
        if (parts.path.length > 0 && parts.path.data[0] == '/')
                text_append(&location, parts.path);
        else
                text_puts(&location, "/");
        answer_redirect(exchange, request, HTTP_MOVED_PERMANENTLY, &location, parts.query);
        text_done(&location);
}
