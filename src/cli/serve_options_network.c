/* Options of `sluice serve`: where it listens, and to whom. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/serve_options.h"

#include "net/network.h"
#include "serve/endpoints.h"

static int check_bind(const char *value)
{
        struct address address;
        return endpoints_parse(&address, value, 0);
}

static int check_mode(const char *text)
{
        size_t digits = strspn(text, "01234567");
        if (digits == 0 || text[digits] != '\0' || digits > 4)
                return -EINVAL;
        unsigned long mode = strtoul(text, NULL, 8);
        return mode >= 1 && mode <= 0777 ? 0 : -EINVAL;
}

static int check_network(const char *value)
{
        struct network network;
        return network_parse(&network, value);
}

static const struct option_spec options[] = {
        {
                .name = "port",
                .letter = 'p',
                .kind = OPTION_NUMBER,
                .value = "PORT",
                .default_text = "8080",
                .help = "Port to listen on; 0 takes a free one. Where none is given and 8080 is "
                        "busy, the next free one is taken on a terminal",
                .offset = FIELD(port),
                .second_offset = FIELD(port_given),
                .maximum = UINT16_MAX,
                .common = true,
        },
        {
                .name = "bind",
                .letter = 'b',
                .kind = OPTION_LIST,
                .value = "ADDRESS",
                .help = "Listen on this IPv4 or IPv6 address, which may have a port of its own "
                        "([::1]:8443), or on unix:/path only; may be repeated (default: every "
                        "address)",
                .offset = FIELD(binds),
                .second_offset = FIELD(bind_count),
                .maximum = SERVE_BINDS_MAX,
                .check = check_bind,
                .expected = "an IPv4 or IPv6 address (127.0.0.1, ::1, 127.0.0.1:80, [::1]:80) or "
                            "unix:/path",
                .common = true,
        },
        {
                .name = "socket-mode",
                .kind = OPTION_TEXT,
                .value = "MODE",
                .default_text = "0666",
                .help = "Who may connect to unix sockets: the mode of their files, octal, "
                        "whatever the umask is",
                .offset = FIELD(socket_mode),
                .check = check_mode,
                .expected = "an octal mode from 0001 to 0777",
        },
        {
                .name = "proxy-from",
                .kind = OPTION_LIST,
                .value = "NETWORK",
                .help = "Expect the PROXY protocol (version 1 or 2) from these addresses, such as "
                        "10.0.0.0/8, ::1 or unix; may be repeated",
                .offset = FIELD(proxies),
                .second_offset = FIELD(proxy_count),
                .maximum = SERVE_PROXIES_MAX,
                .check = check_network,
                .expected = "an address, a network such as 10.0.0.0/8, or unix",
        },
        {
                .name = "no-http2",
                .kind = OPTION_FLAG,
                .help = "Speak HTTP/1 only",
                .offset = FIELD(no_http2),
        },
        {
                .name = "congestion",
                .kind = OPTION_TEXT,
                .value = "NAME",
                .default_text = "auto",
                .help = "TCP congestion control; auto is the system's, but for peers on this host "
                        "one that does not pace",
                .offset = FIELD(congestion),
        },
        {
                .name = "limit-rate",
                .kind = OPTION_SIZE,
                .value = "SIZE",
                .default_text = "0",
                .help = "Bytes a second for each connection, by the kernel's pacing; 0 is any "
                        "number",
                .offset = FIELD(limit_rate),
                .maximum = UINT64_C(1) << 40,
        },
};

const struct option_group serve_options_network = {
        .title = "Listening",
        OPTIONS(options),
};
