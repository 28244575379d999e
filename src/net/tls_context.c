#include "net/tls_context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/ktls.h"
#include "net/tls_record.h"

/* Forward secrecy and authenticated encryption only; AES-128 first, which is as
 * good as AES-256 and costs a third less; ChaCha20 for who has no AES in hardware
 * (SSL_OP_PRIORITIZE_CHACHA). */
#define CIPHERS_1_2                                                  \
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"  \
        ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384" \
        ":ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define CIPHERS_1_3 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS "X25519:P-256:P-384"

static int complain(struct tls_complaint *complaint, const char *file, const char *what)
{
        (void)snprintf(complaint->text, sizeof(complaint->text), "%s: %s", file, what);
        ERR_clear_error();
        return -EINVAL;
}

/* What OpenSSL says of a file it could not use. */
static int complain_of(struct tls_complaint *complaint, const char *file, const char *what)
{
        unsigned long error = ERR_peek_last_error();
        if (ERR_SYSTEM_ERROR(error))
                return complain(complaint, file, strerror(ERR_GET_REASON(error)));
        /* The system's word lies beneath those of the layers above it. */
        error = ERR_peek_error();
        if (ERR_SYSTEM_ERROR(error))
                return complain(complaint, file, strerror(ERR_GET_REASON(error)));
        return complain(complaint, file, what);
}

/* Nobody is there to type a password. */
static int no_password(char *buffer, int size, int writing, void *context)
{
        (void)buffer, (void)size, (void)writing;
        *(bool *)context = true;
        return -1;
}

static int use_key(SSL_CTX *ssl, const struct tls_pair *pair, struct tls_complaint *complaint)
{
        bool encrypted = false;
        SSL_CTX_set_default_passwd_cb(ssl, no_password);
        SSL_CTX_set_default_passwd_cb_userdata(ssl, &encrypted);
        int good = SSL_CTX_use_PrivateKey_file(ssl, pair->key, SSL_FILETYPE_PEM);
        SSL_CTX_set_default_passwd_cb(ssl, NULL);
        SSL_CTX_set_default_passwd_cb_userdata(ssl, NULL);
        if (good == 1)
                return 0;
        if (encrypted)
                return complain(complaint, pair->key,
                                "the key is encrypted; 'openssl pkey -in FILE' decrypts it");
        if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
            ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH) {
                char text[400];
                (void)snprintf(text, sizeof(text), "it is not the key of the certificate in '%s'",
                               pair->certificate);
                return complain(complaint, pair->key, text);
        }
        return complain_of(complaint, pair->key, "no private key in PEM");
}

static int use_pair(SSL_CTX *ssl, const struct tls_pair *pair, struct tls_complaint *complaint)
{
        ERR_clear_error();
        if (SSL_CTX_use_certificate_chain_file(ssl, pair->certificate) != 1)
                return complain_of(complaint, pair->certificate, "no certificate in PEM");
        int r = use_key(ssl, pair, complaint);
        if (r < 0)
                return r;
        if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(ssl))) < 0)
                (void)fprintf(stderr, "sluice: warning: %s: the certificate has expired\n",
                              pair->certificate);
        return 0;
}

/* OpenSSL's settings that do not depend on the certificate. */
static int settle(SSL_CTX *ssl, const struct tls_context *context)
{
        uint64_t set = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                       SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
        if (!context->no_ktls)
                set |= SSL_OP_ENABLE_KTLS;
        (void)SSL_CTX_set_options(ssl, set);
        (void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
        int lowest = context->only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
        bool good = SSL_CTX_set_min_proto_version(ssl, lowest) == 1 &&
                    SSL_CTX_set_cipher_list(ssl, CIPHERS_1_2) == 1 &&
                    SSL_CTX_set_ciphersuites(ssl, CIPHERS_1_3) == 1 &&
                    SSL_CTX_set1_groups_list(ssl, GROUPS) == 1 &&
                    SSL_CTX_set_num_tickets(ssl, 1) == 1;
        return good ? 0 : -ENOMEM;
}

/* ---- Which certificate ---- */

/* Whether the certificate is for the host, by its names; "*.example.org" too. */
static bool is_for(SSL_CTX *ssl, const char *host)
{
        return X509_check_host(SSL_CTX_get0_certificate(ssl), host, 0, 0, NULL) == 1;
}

static int choose_certificate(SSL *ssl, int *alert, void *argument)
{
        const struct tls_context *context = argument;
        const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        (void)alert;
        if (!host)
                return SSL_TLSEXT_ERR_NOACK;
        for (size_t i = 0; i < context->count; i++)
                if (is_for(context->each[i], host)) {
                        if (i > 0 && !SSL_set_SSL_CTX(ssl, context->each[i]))
                                return SSL_TLSEXT_ERR_ALERT_FATAL;
                        return SSL_TLSEXT_ERR_OK;
                }
        /* The first, and let the client decide. */
        return SSL_TLSEXT_ERR_OK;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *length,
                           const unsigned char *offered, unsigned offered_length, void *argument)
{
        static const unsigned char spoken[] = "\x02h2\x08http/1.1";
        const struct tls_context *context = argument;
        const unsigned skipped = context->http2 ? 0 : 1 + spoken[0];
        (void)ssl;
        if (SSL_select_next_proto((unsigned char **)out, length, spoken + skipped,
                                  (unsigned)sizeof(spoken) - 1 - skipped, offered,
                                  offered_length) != OPENSSL_NPN_NEGOTIATED)
                return SSL_TLSEXT_ERR_NOACK;
        return SSL_TLSEXT_ERR_OK;
}

static int add_pair(struct tls_context *context, const struct tls_pair *pair,
                    struct tls_complaint *complaint)
{
        SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
        if (!ssl)
                return -ENOMEM;
        context->each[context->count++] = ssl;
        int r = settle(ssl, context);
        if (r == 0)
                r = use_pair(ssl, pair, complaint);
        if (r == 0)
                SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, context);
        return r;
}

int tls_context_new(struct tls_context **ret_context, const struct tls_options *options,
                    struct tls_complaint *complaint)
{
        struct tls_context *context =
                calloc(1, sizeof(*context) + options->pair_count * sizeof(context->each[0]));
        if (!context)
                return -ENOMEM;
        context->only_1_3 = options->only_1_3;
        context->no_ktls = options->no_ktls ? "it was not wanted" : ktls_why_not();
        context->http2 = options->http2;

        int r = 0;
        for (size_t i = 0; i < options->pair_count && r == 0; i++)
                r = add_pair(context, &options->pairs[i], complaint);
        if (r < 0) {
                tls_context_free(context);
                return r;
        }
        /* A callback costs every handshake: not where there is nothing to choose. */
        if (context->count > 1) {
                (void)SSL_CTX_set_tlsext_servername_callback(context->each[0], choose_certificate);
                (void)SSL_CTX_set_tlsext_servername_arg(context->each[0], context);
        }
        *ret_context = context;
        return 0;
}

void tls_context_free(struct tls_context *context)
{
        if (!context)
                return;
        for (size_t i = 0; i < context->count; i++)
                SSL_CTX_free(context->each[i]);
        free(context);
}

const char *tls_context_no_ktls(const struct tls_context *context)
{
        return context->no_ktls;
}
