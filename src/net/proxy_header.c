#include "net/proxy_header.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/number.h"

#define LINE_MAX_V1 107 /* with its CRLF */
#define HEADER_V2 16 /* signature, version and command, family, length */
#define SIGNATURE_V2 "\r\n\r\n\0\r\nQUIT\n"
#define SIGNATURE_LENGTH 12

/* ---- Version 1: a line of text ---- */

/* The word at *line, which is moved behind it and the one blank after it. */
static struct span take_word(struct span *line)
{
        const char *blank = memchr(line->data, ' ', line->length);
        struct span word = {line->data, blank ? (size_t)(blank - line->data) : line->length};
        size_t taken = word.length + (blank != NULL);
        line->data += taken;
        line->length -= taken;
        return word;
}

static bool parse_port(struct span word, uint16_t *ret_port)
{
        uint64_t port;
        if (word.length == 0 || word.length > 5 || number_parse(word, &port) < 0 ||
            port > UINT16_MAX)
                return false;
        *ret_port = (uint16_t)port;
        return true;
}

static bool parse_host(struct span word, int family, void *out)
{
        char text[INET6_ADDRSTRLEN];
        if (word.length >= sizeof(text) || memchr(word.data, '\0', word.length))
                return false;
        memcpy(text, word.data, word.length);
        text[word.length] = '\0';
        return inet_pton(family, text, out) == 1;
}

static enum proxy_header_state parse_line(struct span line, struct address *ret_peer)
{
        struct address peer = {0};
        struct sockaddr_in *in = (void *)&peer.storage;
        struct sockaddr_in6 *in6 = (void *)&peer.storage;
        unsigned char other[16];
        uint16_t port, other_port;

        if (!span_equal(take_word(&line), SPAN_LITERAL("PROXY")))
                return PROXY_HEADER_BAD;
        const struct span protocol = take_word(&line);
        if (span_equal(protocol, SPAN_LITERAL("UNKNOWN")))
                return PROXY_HEADER_NO_PEER;
        bool is_ip6 = span_equal(protocol, SPAN_LITERAL("TCP6"));
        if (!is_ip6 && !span_equal(protocol, SPAN_LITERAL("TCP4")))
                return PROXY_HEADER_BAD;
        int family = is_ip6 ? AF_INET6 : AF_INET;
        void *host = is_ip6 ? (void *)&in6->sin6_addr : (void *)&in->sin_addr;
        if (!parse_host(take_word(&line), family, host) ||
            !parse_host(take_word(&line), family, other) || !parse_port(take_word(&line), &port) ||
            !parse_port(take_word(&line), &other_port) || line.length > 0)
                return PROXY_HEADER_BAD;
        peer.storage.ss_family = (sa_family_t)family;
        peer.length = is_ip6 ? sizeof(*in6) : sizeof(*in);
        address_set_port(&peer, port);
        *ret_peer = peer;
        return PROXY_HEADER_PEER;
}

static enum proxy_header_state parse_v1(struct span data, struct address *ret_peer,
                                        size_t *ret_length)
{
        size_t known = data.length < 6 ? data.length : 6;
        if (memcmp(data.data, "PROXY ", known) != 0)
                return PROXY_HEADER_BAD;
        size_t most = data.length < LINE_MAX_V1 ? data.length : LINE_MAX_V1;
        const char *end = memchr(data.data, '\n', most);
        if (!end)
                return data.length < LINE_MAX_V1 ? PROXY_HEADER_INCOMPLETE : PROXY_HEADER_BAD;
        if (end == data.data || end[-1] != '\r')
                return PROXY_HEADER_BAD;
        const struct span line = {data.data, (size_t)(end - 1 - data.data)};
        enum proxy_header_state state = parse_line(line, ret_peer);
        if (state != PROXY_HEADER_BAD)
                *ret_length = (size_t)(end + 1 - data.data);
        return state;
}

/* ---- Version 2: bytes ---- */

static enum proxy_header_state read_addresses(const unsigned char *header, size_t length,
                                              struct address *ret_peer)
{
        struct address peer = {0};
        struct sockaddr_in *in = (void *)&peer.storage;
        struct sockaddr_in6 *in6 = (void *)&peer.storage;
        const unsigned char *body = header + HEADER_V2;

        switch (header[13]) {
        case 0x11: /* TCP over IPv4: two addresses, two ports */
                if (length < 12)
                        return PROXY_HEADER_BAD;
                in->sin_family = AF_INET;
                memcpy(&in->sin_addr, body, 4);
                memcpy(&in->sin_port, body + 8, 2);
                peer.length = sizeof(*in);
                break;
        case 0x21: /* TCP over IPv6 */
                if (length < 36)
                        return PROXY_HEADER_BAD;
                in6->sin6_family = AF_INET6;
                memcpy(&in6->sin6_addr, body, 16);
                memcpy(&in6->sin6_port, body + 32, 2);
                peer.length = sizeof(*in6);
                break;
        default:
                return PROXY_HEADER_NO_PEER;
        }
        *ret_peer = peer;
        return PROXY_HEADER_PEER;
}

static enum proxy_header_state parse_v2(struct span data, struct address *ret_peer,
                                        size_t *ret_length)
{
        const unsigned char *header = (const void *)data.data;
        enum proxy_header_state state;

        if (data.length < HEADER_V2)
                return PROXY_HEADER_INCOMPLETE;
        size_t length = (size_t)header[14] << 8 | header[15];
        if (header[12] >> 4 != 2 || length > PROXY_HEADER_MAX - HEADER_V2)
                return PROXY_HEADER_BAD;
        if (data.length < HEADER_V2 + length)
                return PROXY_HEADER_INCOMPLETE;
        switch (header[12] & 0xf) {
        case 0: /* LOCAL: a health check of the proxy's own */
                state = PROXY_HEADER_NO_PEER;
                break;
        case 1:
                state = read_addresses(header, length, ret_peer);
                break;
        default:
                state = PROXY_HEADER_BAD;
        }
        if (state != PROXY_HEADER_BAD)
                *ret_length = HEADER_V2 + length;
        return state;
}

enum proxy_header_state proxy_header_parse(struct span data, struct address *ret_peer,
                                           size_t *ret_length)
{
        size_t known = data.length < SIGNATURE_LENGTH ? data.length : SIGNATURE_LENGTH;
        if (data.length == 0)
                return PROXY_HEADER_INCOMPLETE;
        if (memcmp(data.data, SIGNATURE_V2, known) == 0)
                return parse_v2(data, ret_peer, ret_length);
        return parse_v1(data, ret_peer, ret_length);
}
