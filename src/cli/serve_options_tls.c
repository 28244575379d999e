/* Options of `sluice serve`: encryption. */
#include "cli/serve_options.h"

#include "serve/secure.h"

static const char *version_choice(size_t index)
{
        static const char *const choices[] = {"1.2", "1.3"};
        return index < sizeof(choices) / sizeof(choices[0]) ? choices[index] : NULL;
}

static const struct option_spec options[] = {
        {
                .name = "tls-cert",
                .kind = OPTION_LIST,
                .value = "FILE",
                .help = "Speak HTTPS with this certificate (PEM, the chain behind it); may be "
                        "repeated: the one that names the host asked for counts, or the first",
                .offset = FIELD(site.tls_certs),
                .second_offset = FIELD(site.tls_cert_count),
                .in_section = true,
                .maximum = SERVE_TLS_PAIRS_MAX,
        },
        {
                .name = "tls-key",
                .kind = OPTION_LIST,
                .value = "FILE",
                .help = "The private key (PEM) of the certificate at the same place; none is "
                        "needed where the certificate's file has it too. ECDSA keys sign much "
                        "faster "
                        "than RSA's",
                .offset = FIELD(site.tls_keys),
                .second_offset = FIELD(site.tls_key_count),
                .in_section = true,
                .maximum = SERVE_TLS_PAIRS_MAX,
        },
        {
                .name = "tls-self-signed",
                .kind = OPTION_FLAG,
                .help = "Speak HTTPS with a certificate of sluice's own making, for development; "
                        "it is kept in $STATE_DIRECTORY or $XDG_STATE_HOME/sluice",
                .offset = FIELD(tls_self_signed),
        },
        {
                .name = "tls-min",
                .kind = OPTION_TEXT,
                .value = "VERSION",
                .default_text = "1.2",
                .help = "The oldest version of TLS that is spoken",
                .offset = FIELD(tls_min),
                .choice = version_choice,
        },
        {
                .name = "tls-ocsp",
                .kind = OPTION_LIST,
                .value = "FILE",
                .help = "Give clients the authority's answer (OCSP, DER) about the certificate at "
                        "the same place; SIGHUP reads a new one",
                .offset = FIELD(site.tls_ocsps),
                .second_offset = FIELD(site.tls_ocsp_count),
                .in_section = true,
                .maximum = SERVE_TLS_PAIRS_MAX,
        },
        {
                .name = "tls-client-ca",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Let in only clients that show a certificate signed by one of these (PEM)",
                .offset = FIELD(tls_client_ca),
        },
        {
                .name = "tls-ticket-key",
                .kind = OPTION_LIST,
                .value = "FILE",
                .help = "Make session tickets with this key, 80 random bytes, so that several "
                        "machines of one name read each other's; may be repeated: the first makes "
                        "them, all read them. Without it sluice makes keys of its own, which "
                        "change every three hours",
                .offset = FIELD(tls_ticket_keys),
                .second_offset = FIELD(tls_ticket_key_count),
                .maximum = SERVE_TICKET_KEYS_MAX,
        },
        {
                .name = "no-ktls",
                .kind = OPTION_FLAG,
                .help = "Do not let the kernel encrypt, even where it can",
                .offset = FIELD(no_ktls),
        },
        {
                .name = "tls-handshakes-per-address",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "200",
                .help = "Handshakes a second that a worker does with one address; further ones "
                        "are cut off; 0 is any number. This host's own are bounded only when "
                        "this is given",
                .offset = FIELD(tls_handshakes_per_address),
                .second_offset = FIELD(tls_handshakes_given),
                .maximum = 1000000,
        },
        {
                .name = "https-redirect",
                .kind = OPTION_TEXT,
                .value = "ADDRESS",
                .help = "Listen on this port, or ADDRESS:PORT, for plain HTTP too, and send its "
                        "clients to HTTPS",
                .offset = FIELD(https_redirect),
                .check = secure_check_redirect,
                .expected = "a port, or an address and a port such as 127.0.0.1:80",
        },
        {
                .name = "hsts",
                .kind = OPTION_NUMBER,
                .value = "SECONDS",
                .default_text = "0",
                .help = "Have browsers ask this host by HTTPS only for so long "
                        "(Strict-Transport-Security); 31536000 is a year, 0 says nothing",
                .offset = FIELD(hsts_s),
                .maximum = UINT64_C(10) * 366 * 24 * 3600,
        },
};

const struct option_group serve_options_tls = {
        .title = "Encryption",
        OPTIONS(options),
};
