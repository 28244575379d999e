#include "net/network.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/number.h"

/* The address's bytes; *ret_count of them. A v4 peer of a socket for both families
 * is a v4 peer. */
static const unsigned char *bytes_of(const struct address *address, size_t *ret_count)
{
        const struct sockaddr_in *in = (const void *)&address->storage;
        const struct sockaddr_in6 *in6 = (const void *)&address->storage;

        *ret_count = 0;
        if (in->sin_family == AF_INET) {
                *ret_count = 4;
                return (const void *)&in->sin_addr;
        }
        if (in->sin_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
                *ret_count = 4;
                return &in6->sin6_addr.s6_addr[12];
        }
        if (in->sin_family == AF_INET6)
                *ret_count = 16;
        return in6->sin6_addr.s6_addr;
}

int network_parse(struct network *ret_network, const char *text)
{
        struct network network = {0};
        char host[ADDRESS_TEXT_SIZE];
        size_t length = strcspn(text, "/"), count;
        uint64_t bits;

        if (strcmp(text, "unix") == 0) {
                network.address.storage.ss_family = AF_UNIX;
                *ret_network = network;
                return 0;
        }
        if (length >= sizeof(host))
                return -EINVAL;
        memcpy(host, text, length);
        host[length] = '\0';
        if (address_parse(&network.address, host, 0) < 0 || address_is_unix(&network.address))
                return -EINVAL;
        (void)bytes_of(&network.address, &count);
        bits = count * 8;
        if (text[length] &&
            (number_parse(span_of(text + length + 1), &bits) < 0 || bits > count * 8))
                return -EINVAL;
        network.bits = (unsigned)bits;
        *ret_network = network;
        return 0;
}

bool network_contains(const struct network *network, const struct address *address)
{
        size_t count, other_count;
        const unsigned char *a = bytes_of(&network->address, &count);
        const unsigned char *b = bytes_of(address, &other_count);

        if (address_is_unix(&network->address))
                return address_is_unix(address);
        if (count != other_count || count == 0)
                return false;
        size_t whole = network->bits / 8;
        unsigned rest = network->bits % 8;
        if (memcmp(a, b, whole) != 0)
                return false;
        return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}
