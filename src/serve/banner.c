#include "serve/banner.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/version.h"

static bool is_any(const struct address *address)
{
        const struct sockaddr_in *in = (const void *)&address->storage;
        const struct sockaddr_in6 *in6 = (const void *)&address->storage;

        if (in->sin_family == AF_INET)
                return in->sin_addr.s_addr == htonl(INADDR_ANY);
        return in->sin_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr);
}

/* Link-local addresses need an interface's name, which browsers do not take. */
static bool is_link_local(const struct sockaddr *address)
{
        const struct sockaddr_in6 *in6 = (const void *)address;
        return address->sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
}

static void print_url(const struct address *address)
{
        char url[ADDRESS_TEXT_SIZE];
        (void)fprintf(stderr, "  %s\n", address_url(address, url));
}

/* Every address of the machine that reaches a socket bound to all of them. */
static void print_interfaces(const struct address *any)
{
        struct ifaddrs *list;
        if (getifaddrs(&list) < 0) {
                print_url(any);
                return;
        }
        for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
                if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) ||
                    i->ifa_addr->sa_family != any->storage.ss_family || is_link_local(i->ifa_addr))
                        continue;
                struct address address = {.length = any->length};
                memcpy(&address.storage, i->ifa_addr, any->length);
                address_set_port(&address, address_port(any));
                print_url(&address);
        }
        freeifaddrs(list);
}

void banner_print(const struct site *site, const struct endpoints *endpoints)
{
        (void)fprintf(stderr, "sluice %s serves %s\n", SLUICE_VERSION, site->root.shown);
        for (size_t i = 0; i < endpoints->count; i++) {
                if (is_any(&endpoints->addresses[i]))
                        print_interfaces(&endpoints->addresses[i]);
                else
                        print_url(&endpoints->addresses[i]);
        }
        (void)fprintf(stderr, "  bodies by %s: %s\n", sluice_method_name(site->method),
                      site->method_reason);
        if (site->unpaced)
                (void)fprintf(stderr,
                              "  peers on this host by %s: the system's %s would pace them\n",
                              site->unpaced, "bbr");
        (void)fprintf(stderr, "  %zu worker%s; Ctrl-C stops\n", endpoints->worker_count,
                      endpoints->worker_count == 1 ? "" : "s");
}
