#include "serve/connection_peer.h"

#include <netinet/in.h>
#include <string.h>

#include "net/proxy_header.h"
#include "net/tls.h"
#include "serve/admission.h"
#include "serve/connection.h"
#include "serve/error_log.h"
#include "serve/refusal.h"

static void remember(struct connection *c, const struct address *peer)
{
        const struct sockaddr_in *in = (const void *)&peer->storage;
        const struct sockaddr_in6 *in6 = (const void *)&peer->storage;

        c->peer_family = in->sin_family;
        if (in->sin_family == AF_INET)
                memcpy(c->peer, &in->sin_addr, sizeof(in->sin_addr));
        else if (in->sin_family == AF_INET6)
                memcpy(c->peer, &in6->sin6_addr, sizeof(in6->sin6_addr));
}

static void recall(const struct connection *c, struct address *ret_peer)
{
        struct address peer = {0};
        struct sockaddr_in *in = (void *)&peer.storage;
        struct sockaddr_in6 *in6 = (void *)&peer.storage;

        in->sin_family = c->peer_family;
        if (c->peer_family == AF_INET)
                memcpy(&in->sin_addr, c->peer, sizeof(in->sin_addr));
        else if (c->peer_family == AF_INET6)
                memcpy(&in6->sin6_addr, c->peer, sizeof(in6->sin6_addr));
        *ret_peer = peer;
}

const char *connection_peer(const struct connection *c, char buffer[static ADDRESS_TEXT_SIZE])
{
        struct address peer;
        recall(c, &peer);
        return address_host(&peer, buffer);
}

bool connection_is_local(const struct connection *c)
{
        struct address peer;
        recall(c, &peer);
        return address_is_loopback(&peer);
}

static bool is_proxy(const struct service *service, const struct address *peer)
{
        for (size_t i = 0; i < service->options->proxy_count; i++)
                if (network_contains(&service->proxies[i], peer))
                        return true;
        return false;
}

/* A proxy itself has as many connections as it likes. */
bool connection_enter(struct connection *c, const struct address *peer)
{
        remember(c, peer);
        c->proxy_expected = is_proxy(c->exchange.worker->service, peer);
        if (c->proxy_expected)
                return true;
        c->counted = admission_enter(c->exchange.worker->service->admission, peer);
        return c->counted;
}

void connection_leave(struct connection *c)
{
        struct address peer;
        recall(c, &peer);
        if (c->counted)
                admission_leave(c->exchange.worker->service->admission, &peer);
        c->counted = false;
}

/* As the entrance does with those who come by themselves: where TLS is expected, nothing can
 * be said. */
static enum proxied turn_away(const struct connection *c, const struct address *peer)
{
        struct worker *worker = c->exchange.worker;

        metrics_add(&worker->metrics.refused, 1);
        error_log_turned_away(worker, peer, ADMISSION_TOO_MANY);
        if (worker->service->tls)
                return PROXIED_BAD;
        refusal_tell(c->stream.fd);
        return PROXIED_REFUSED;
}

enum proxied connection_read_proxy(struct connection *c)
{
        struct worker *worker = c->exchange.worker;
        enum proxied known = PROXIED_KNOWN;
        struct address peer;
        size_t length;

        if (!c->proxy_expected)
                return PROXIED_KNOWN;
        switch (proxy_header_parse((struct span){c->input, c->input_length}, &peer, &length)) {
        case PROXY_HEADER_INCOMPLETE:
                return PROXIED_LATER;
        case PROXY_HEADER_PEER:
                remember(c, &peer);
                c->counted = admission_enter(worker->service->admission, &peer);
                if (!c->counted)
                        known = turn_away(c, &peer);
                break;
        case PROXY_HEADER_NO_PEER:
                break;
        case PROXY_HEADER_BAD:
                recall(c, &peer);
                error_log_turned_away(
                        worker, &peer,
                        "it is of --proxy-from, and sent no PROXY header that can be read");
                return PROXIED_BAD;
        }
        c->proxy_expected = false;
        c->input += length;
        c->input_length -= (uint32_t)length;
        return known;
}

bool connection_has_asked(const struct connection *c)
{
        char byte;
        if (c->stream.tls && tls_has_input(c->stream.tls))
                return true;
        return recv(c->stream.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}
