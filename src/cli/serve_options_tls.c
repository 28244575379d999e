/* Options of `sluice serve`: encryption. */
#include "cli/serve_options.h"

static const struct option_spec options[] = {
        {
                .name = "tls-cert",
                .kind = OPTION_LIST,
                .value = "FILE",
                .help = "Speak HTTPS with this certificate (PEM, the chain behind it); may be "
                        "repeated: the one that names the host asked for counts, or the first",
                .offset = FIELD(tls_certs),
                .second_offset = FIELD(tls_cert_count),
                .maximum = SERVE_TLS_PAIRS_MAX,
        },
        {
                .name = "tls-key",
                .kind = OPTION_LIST,
                .value = "FILE",
                .help = "The private key (PEM) of the certificate at the same place; none is "
                        "needed where the certificate's file has it too",
                .offset = FIELD(tls_keys),
                .second_offset = FIELD(tls_key_count),
                .maximum = SERVE_TLS_PAIRS_MAX,
        },
};

const struct option_group serve_options_tls = {
        .title = "Encryption",
        OPTIONS(options),
};
