#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/number.h"

#define UNIX_PREFIX "unix:"

static int parse_unix(struct address *address, const char *path)
{
        struct sockaddr_un *un = (void *)&address->storage;
        size_t length = strlen(path);
        if (length == 0)
                return -EINVAL;
        if (length >= sizeof(un->sun_path))
                return -ENAMETOOLONG;
        un->sun_family = AF_UNIX;
        memcpy(un->sun_path, path, length + 1);
        address->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
        return 0;
}

static int parse_ip6(struct address *address, const char *text, uint16_t port)
{
        struct sockaddr_in6 *in6 = (void *)&address->storage;
        char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
        size_t length = strlen(text);

        if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
                text++;
                length -= 2;
        }
        if (length >= sizeof(host))
                return -EINVAL;
        memcpy(host, text, length);
        host[length] = '\0';

        char *interface = strchr(host, '%');
        if (interface) {
                *interface++ = '\0';
                in6->sin6_scope_id = if_nametoindex(interface);
                if (in6->sin6_scope_id == 0)
                        return -EINVAL;
        }
        if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
                return -EINVAL;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        address->length = sizeof(*in6);
        return 0;
}

int address_parse(struct address *ret_address, const char *text, uint16_t port)
{
        struct address address = {0};
        struct sockaddr_in *in = (void *)&address.storage;
        int r = 0;

        if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0) {
                r = parse_unix(&address, text + strlen(UNIX_PREFIX));
        } else if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
                in->sin_family = AF_INET;
                in->sin_port = htons(port);
                address.length = sizeof(*in);
        } else {
                r = parse_ip6(&address, text, port);
        }
        if (r == 0)
                *ret_address = address;
        return r;
}

int address_parse_whole(struct address *ret_address, const char *text)
{
        char host[ADDRESS_TEXT_SIZE];
        const char *colon = strrchr(text, ':');
        uint64_t port;

        if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
                return address_parse(ret_address, text, 0);
        if (!colon || (size_t)(colon - text) >= sizeof(host) ||
            number_parse(span_of(colon + 1), &port) < 0 || port > UINT16_MAX)
                return -EINVAL;
        /* "::1" alone is an address without a port. */
        if (memchr(text, ':', (size_t)(colon - text)) && text[0] != '[')
                return -EINVAL;
        memcpy(host, text, (size_t)(colon - text));
        host[colon - text] = '\0';
        return address_parse(ret_address, host, (uint16_t)port);
}

bool address_is_same(const struct address *a, const struct address *b)
{
        return a->length == b->length && memcmp(&a->storage, &b->storage, a->length) == 0;
}

bool address_is_unix(const struct address *address)
{
        return address->storage.ss_family == AF_UNIX;
}

uint16_t address_port(const struct address *address)
{
        if (address->storage.ss_family == AF_INET)
                return ntohs(
                        ((const struct sockaddr_in *)(const void *)&address->storage)->sin_port);
        if (address->storage.ss_family == AF_INET6)
                return ntohs(
                        ((const struct sockaddr_in6 *)(const void *)&address->storage)->sin6_port);
        return 0;
}

void address_set_port(struct address *address, uint16_t port)
{
        if (address->storage.ss_family == AF_INET)
                ((struct sockaddr_in *)(void *)&address->storage)->sin_port = htons(port);
        else if (address->storage.ss_family == AF_INET6)
                ((struct sockaddr_in6 *)(void *)&address->storage)->sin6_port = htons(port);
}

const char *address_host(const struct address *address, char buffer[static ADDRESS_TEXT_SIZE])
{
        const struct sockaddr_in *in = (const void *)&address->storage;
        const struct sockaddr_in6 *in6 = (const void *)&address->storage;

        if (in->sin_family == AF_INET &&
            inet_ntop(AF_INET, &in->sin_addr, buffer, ADDRESS_TEXT_SIZE))
                return buffer;
        if (in->sin_family == AF_INET6) {
                /* A v4 peer of a socket for both families. */
                if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) &&
                    inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], buffer, ADDRESS_TEXT_SIZE))
                        return buffer;
                if (inet_ntop(AF_INET6, &in6->sin6_addr, buffer, ADDRESS_TEXT_SIZE))
                        return buffer;
        }
        return strcpy(buffer, "unix");
}

const char *address_url(const struct address *address, const char *scheme,
                        char buffer[static ADDRESS_TEXT_SIZE])
{
        char host[ADDRESS_TEXT_SIZE];
        if (address_is_unix(address)) {
                const struct sockaddr_un *un = (const void *)&address->storage;
                (void)snprintf(buffer, ADDRESS_TEXT_SIZE, UNIX_PREFIX "%s", un->sun_path);
                return buffer;
        }
        bool is_ip6 = address->storage.ss_family == AF_INET6;
        (void)snprintf(buffer, ADDRESS_TEXT_SIZE, "%.8s://%s%.100s%s:%u/", scheme,
                       is_ip6 ? "[" : "", address_host(address, host), is_ip6 ? "]" : "",
                       (unsigned)address_port(address));
        return buffer;
}

bool address_is_any(const struct address *address)
{
        const struct sockaddr_in *in = (const void *)&address->storage;
        const struct sockaddr_in6 *in6 = (const void *)&address->storage;

        if (in->sin_family == AF_INET)
                return in->sin_addr.s_addr == htonl(INADDR_ANY);
        return in->sin_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr);
}

bool address_is_loopback(const struct address *address)
{
        const struct sockaddr_in *in = (const void *)&address->storage;
        const struct sockaddr_in6 *in6 = (const void *)&address->storage;

        switch (in->sin_family) {
        case AF_UNIX:
                return true;
        case AF_INET:
                return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
        case AF_INET6:
                if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
                        return in6->sin6_addr.s6_addr[12] == IN_LOOPBACKNET;
                return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
        default:
                return false;
        }
}
