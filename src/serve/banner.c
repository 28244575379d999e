#include "serve/banner.h"

#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/terminal.h"
#include "base/version.h"
#include "http/escape.h"
#include "net/tls_context.h"
#include "serve/qr_code.h"

/* More would push the addresses off the screen. */
#define SITES_SHOWN 16

/* Link-local addresses need an interface's name, which browsers do not take. */
static bool is_link_local(const struct sockaddr *address)
{
        const struct sockaddr_in6 *in6 = (const void *)address;
        return address->sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
}

/* How well an address serves a telephone. */
enum afar {
        AFAR_NOT, /* this machine's only, or a link's */
        AFAR_SOME, /* such as a bridge's for containers */
        AFAR_OUTWARD_6, /* packets to elsewhere have it; may be changed tomorrow (RFC 8981) */
        AFAR_OUTWARD_4,
};

/* How the server is reached: a scheme, and the path that leads to what is shared. */
struct reach {
        const char *scheme;
        char path[3 * NAME_MAX + 1]; /* without the slash at its front */
        bool asks_afar; /* for a QR code; it takes system calls */
        enum afar afar; /* the best of the addresses */
        char from_afar[ADDRESS_TEXT_SIZE]; /* that one's URL, without the path */
};

/* Whether packets to elsewhere have it as their source: whom they reach can answer. */
static bool is_outward(const struct address *address)
{
        struct address far, near = {.length = sizeof(near.storage)};
        bool is_4 = address->storage.ss_family == AF_INET;
        /* For documentation (RFC 5737, RFC 3849): nothing is sent. */
        if (address_parse(&far, is_4 ? "192.0.2.1" : "2001:db8::1", 9) < 0)
                return false;
        cleanup_fd int fd = socket(address->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&far.storage, far.length) < 0 ||
            getsockname(fd, (struct sockaddr *)&near.storage, &near.length) < 0)
                return false;
        address_set_port(&near, address_port(address));
        return address_is_same(&near, address);
}

static enum afar afar_of(const struct address *address)
{
        if (address_is_loopback(address) ||
            is_link_local((const struct sockaddr *)&address->storage))
                return AFAR_NOT;
        if (!is_outward(address))
                return AFAR_SOME;
        return address->storage.ss_family == AF_INET ? AFAR_OUTWARD_4 : AFAR_OUTWARD_6;
}

static void write_url(struct text *text, struct reach *reach, const struct address *address)
{
        char url[ADDRESS_TEXT_SIZE];
        text_printf(text, "  %s%s\n", address_url(address, reach->scheme, url),
                    address_is_unix(address) ? "" : reach->path);
        enum afar afar = reach->asks_afar ? afar_of(address) : AFAR_NOT;
        if (afar > reach->afar) {
                reach->afar = afar;
                memcpy(reach->from_afar, url, sizeof(url));
        }
}

/* Every address of the machine that reaches a socket bound to all of them. */
static void write_interfaces(struct text *text, struct reach *reach, const struct address *any)
{
        struct ifaddrs *list;
        if (getifaddrs(&list) < 0) {
                write_url(text, reach, any);
                return;
        }
        for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
                if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) ||
                    i->ifa_addr->sa_family != any->storage.ss_family || is_link_local(i->ifa_addr))
                        continue;
                struct address address = {.length = any->length};
                memcpy(&address.storage, i->ifa_addr, any->length);
                address_set_port(&address, address_port(any));
                write_url(text, reach, &address);
        }
        freeifaddrs(list);
}

static void write_addresses(struct text *text, struct reach *reach, const struct address *addresses,
                            size_t count)
{
        for (size_t i = 0; i < count; i++) {
                if (address_is_any(&addresses[i]))
                        write_interfaces(text, reach, &addresses[i]);
                else
                        write_url(text, reach, &addresses[i]);
        }
}

static void write_qr_code(struct text *text, const struct reach *reach)
{
        bool colour = terminal_has_colour(STDERR_FILENO);
        int width = terminal_width(STDERR_FILENO);
        char url[sizeof(reach->from_afar) + sizeof(reach->path)];

        if (reach->afar == AFAR_NOT) {
                text_puts(text, "  no QR code: at these addresses no other machine reaches it\n");
                return;
        }
        (void)snprintf(url, sizeof(url), "%s%s", reach->from_afar, reach->path);
        int r = qr_code_write(text, url, colour, width);
        /* A file that is alone is also there without its name. */
        if (r == -E2BIG)
                r = qr_code_write(text, reach->from_afar, colour, width);
        if (r == -E2BIG)
                text_puts(text, "  no QR code: the terminal is too narrow\n");
        else if (r < 0)
                text_printf(text, "  no QR code: %s\n", strerror(-r));
}

static void write_site(struct text *text, const struct site *site, const sluice_method *usual)
{
        text_printf(text, "  %s: %s",
                    site->options->names ? site->options->names : "any other name",
                    site->root.shown);
        if (site->method != usual)
                text_printf(text, ", bodies by %s", sluice_method_name(site->method));
        text_puts(text, "\n");
}

/* Where there is no default site, the first stands for what all have in common. */
static void write_sites(struct text *text, const struct service *service, const struct site *first)
{
        size_t count = service->site_count - service->sites[0].absent;

        if (service->site_count == 1) {
                text_printf(text, "sluice %s serves %s\n", SLUICE_VERSION, first->root.shown);
                return;
        }
        text_printf(text, "sluice %s serves %zu site%s\n", SLUICE_VERSION, count,
                    count == 1 ? "" : "s");
        for (size_t i = 1; i < service->site_count && i <= SITES_SHOWN; i++)
                write_site(text, &service->sites[i], first->method);
        if (service->site_count - 1 > SITES_SHOWN)
                text_printf(text, "  and %zu more\n", service->site_count - 1 - SITES_SHOWN);
        if (!service->sites[0].absent)
                write_site(text, &service->sites[0], first->method);
}

/* So that a browser's warning can be compared with it. */
static void write_certificates(struct text *text, const struct service *service)
{
        char fingerprint[TLS_FINGERPRINT_SIZE];
        size_t own = service->options->site.tls_cert_count;
        if (service->options->tls_self_signed)
                text_printf(text, "  self-signed certificate, SHA-256\n  %s\n",
                            tls_context_fingerprint(service->tls, own, fingerprint));
}

/* Not what was asked for: nobody shall have to find that out. */
static void write_stream_method(struct text *text, const struct service *service,
                                const struct site *site)
{
        const char *why = sluice_method_keeps_socket(site->method);
        bool user_tls = service->tls && tls_context_no_ktls(service->tls);

        if (!service->options->no_http2 && why && !user_tls)
                text_printf(text, "  bodies by %s over HTTP/2: %s gives way, %s\n",
                            sluice_method_name(site->stream_method),
                            sluice_method_name(site->method), why);
}

void banner_write(struct text *text, const struct service *service,
                  const struct endpoints *endpoints)
{
        const struct site *first = &service->sites[service->sites[0].absent];
        const struct descriptors *descriptors = &service->descriptors;
        struct reach reach = {
                .scheme = service->tls ? "https" : "http",
                .asks_afar = service->options->qrcode,
        };

        /* With its name, for who asks by the link saves it so. A hidden one has only "/". */
        const char *only = service->site_count == 1 ? first->root.only : NULL;
        if (only && only[0] != '.')
                (void)escape_uri_path(span_of(only), reach.path, sizeof(reach.path));
        write_sites(text, service, first);
        write_addresses(text, &reach, endpoints->addresses, endpoints->secure_count);
        if (endpoints->count > endpoints->secure_count) {
                reach.scheme = "http";
                reach.asks_afar = false;
                text_puts(text, "  and sends clients to HTTPS from\n");
                write_addresses(text, &reach, endpoints->addresses + endpoints->secure_count,
                                endpoints->count - endpoints->secure_count);
        }
        if (service->options->qrcode)
                write_qr_code(text, &reach);
        const char *no_ktls = service->tls ? tls_context_no_ktls(service->tls) : NULL;
        if (no_ktls)
                text_printf(text, "  bodies by %s+tls: %s\n  kTLS: no, %s\n",
                            sluice_method_name(first->tls_method), first->tls_method_reason,
                            no_ktls);
        else
                text_printf(text, "  bodies by %s%s: %s\n", sluice_method_name(first->method),
                            service->tls ? "+ktls" : "", first->method_reason);
        write_stream_method(text, service, first);
        if (service->tls)
                write_certificates(text, service);
        if (service->options->policy)
                text_printf(text, "  policy: %s\n", service->options->policy);
        if (descriptors->cut)
                text_printf(text,
                            "  descriptors: the limit of %ju (ulimit -n) holds %ju connections, "
                            "and %ju files kept open\n",
                            (uintmax_t)descriptors->limit, (uintmax_t)descriptors->connections,
                            (uintmax_t)descriptors->cached);
        if (service->unpaced)
                text_printf(text, "  peers on this host by %s: the system's %s would pace them\n",
                            service->unpaced, "bbr");
}

void banner_print(const struct text *text, const char *sandbox, size_t worker_count)
{
        (void)fprintf(stderr, "%.*s  sandbox: %s\n  %zu worker%s; Ctrl-C stops\n",
                      (int)text->length, text->data ? text->data : "", sandbox, worker_count,
                      worker_count == 1 ? "" : "s");
}
