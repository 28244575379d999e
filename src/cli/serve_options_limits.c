/* Options of `sluice serve`: how much, and how long. */
#include "cli/serve_options.h"

static const char *overload_choice(size_t index)
{
        static const char *const choices[] = {"wait", "refuse"};
        return index < sizeof(choices) / sizeof(choices[0]) ? choices[index] : NULL;
}

static const struct option_spec options[] = {
        {
                .name = "max-connections",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "65536",
                .help = "Connections the server accepts; further ones wait, or see --overload",
                .offset = FIELD(connections_max),
                .minimum = 1,
                .maximum = 1 << 24,
        },
        {
                .name = "max-per-address",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "0",
                .help = "Connections the server accepts from one address; further ones get 503; 0 "
                        "is any number",
                .offset = FIELD(per_address_max),
                .maximum = 1 << 24,
        },
        {
                .name = "http2-streams",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "100",
                .help = "Requests that a connection of HTTP/2 may have open at a time",
                .offset = FIELD(http2_streams),
                .minimum = 1,
                .maximum = 10000,
        },
        {
                .name = "overload",
                .kind = OPTION_TEXT,
                .value = "WHAT",
                .default_text = "wait",
                .help = "Let those for whom there is no room wait, or refuse them with 503",
                .offset = FIELD(overload),
                .choice = overload_choice,
        },
        {
                .name = "header-timeout",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "10s",
                .help = "Time for a client to send a request's head",
                .offset = FIELD(header_timeout_ms),
                .minimum = 1,
                .maximum = UINT64_C(3600) * 1000,
        },
        {
                .name = "idle-timeout",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "60s",
                .help = "Time a connection may wait for its next request",
                .offset = FIELD(idle_timeout_ms),
                .minimum = 1,
                .maximum = UINT64_C(24) * 3600 * 1000,
        },
        {
                .name = "send-timeout",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "60s",
                .help = "Time a client may take no byte of an answer",
                .offset = FIELD(send_timeout_ms),
                .minimum = 1,
                .maximum = UINT64_C(24) * 3600 * 1000,
        },
        {
                .name = "grace",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "10s",
                .help = "Time for what is in flight when the server is asked to stop",
                .offset = FIELD(grace_ms),
                .maximum = UINT64_C(3600) * 1000,
        },
};

const struct option_group serve_options_limits = {
        .title = "Limits",
        OPTIONS(options),
};
