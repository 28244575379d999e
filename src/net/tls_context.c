#include "net/tls_context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/ktls.h"
#include "net/openssl.h"
#include "net/tls_certificate.h"
#include "net/tls_record.h"
#include "net/tls_self_signed.h"
#include "net/tls_tickets.h"

/* Forward secrecy and authenticated encryption only; AES-128 first, which is as
 * good as AES-256 and costs a third less; ChaCha20 for who has no AES in hardware
 * (SSL_OP_PRIORITIZE_CHACHA). */
#define CIPHERS_1_2                                                  \
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"  \
        ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384" \
        ":ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define CIPHERS_1_3 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS "X25519:P-256:P-384"
/* All that certificates are signed with; a handshake goes through the whole list. */
#define SIGNATURES                                                                              \
        "ECDSA+SHA256:RSA-PSS+SHA256:ed25519:ECDSA+SHA384:RSA-PSS+SHA384:ECDSA+SHA512:RSA-PSS+" \
        "SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512"

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
                    SSL_CTX_set1_sigalgs_list(ssl, SIGNATURES) == 1 &&
                    /* tls.c asks for one when there is something to send it with. */
                    SSL_CTX_set_num_tickets(ssl, 0) == 1;
        return good ? 0 : -ENOMEM;
}

/* ---- Which certificate ---- */

static int choose_certificate(SSL *ssl, int *alert, void *argument)
{
        const struct tls_context *context = argument;
        const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        size_t rank;
        (void)alert;
        if (!host)
                return SSL_TLSEXT_ERR_NOACK;
        /* Or the first, and let the client decide. */
        if (!tls_names_find(&context->names, host, &rank))
                return SSL_TLSEXT_ERR_OK;
        size_t index = (context->general_count + rank) % context->count;
        if (index > 0 && !SSL_set_SSL_CTX(ssl, context->each[index]))
                return SSL_TLSEXT_ERR_ALERT_FATAL;
        return SSL_TLSEXT_ERR_OK;
}

static int note_names(struct tls_context *context)
{
        int r = 0;
        for (size_t i = 0; i < context->count && r == 0; i++) {
                size_t index = (context->general_count + i) % context->count;
                r = tls_names_add(&context->names, SSL_CTX_get0_certificate(context->each[index]),
                                  i);
        }
        tls_names_sort(&context->names);
        return r;
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

bool tls_agreed_on_http2(const struct tls *tls)
{
        const unsigned char *name = NULL;
        unsigned length = 0;

        SSL_get0_alpn_selected(tls->ssl, &name, &length);
        return length == 2 && memcmp(name, "h2", 2) == 0;
}

/* A ticket is only good where clients had to show what they have to here: it outlives a
 * reload, which may begin to ask for certificates or ask for another authority's, and
 * other machines have the same keys. Which certificate we show does not matter. */
static int bind_sessions(SSL_CTX *ssl)
{
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        EVP_MD_CTX *hash = EVP_MD_CTX_new();
        STACK_OF(X509_OBJECT) *known = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ssl));
        bool good = hash && EVP_DigestInit_ex2(hash, EVP_sha256(), NULL) == 1 &&
                    EVP_DigestUpdate(hash, "sluice", 6) == 1;

        for (int i = 0; good && i < sk_X509_OBJECT_num(known); i++) {
                const X509 *authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(known, i));
                if (authority)
                        good = X509_digest(authority, EVP_sha256(), digest, &length) == 1 &&
                               EVP_DigestUpdate(hash, digest, length) == 1;
        }
        good = good && EVP_DigestFinal_ex(hash, digest, &length) == 1 &&
               SSL_CTX_set_session_id_context(ssl, digest, length) == 1;
        EVP_MD_CTX_free(hash);
        return good ? 0 : -ENOMEM;
}

/* pair: NULL for one that is made here. */
static int add_pair(struct tls_context *context, const struct tls_pair *pair,
                    const char *client_authority, struct tls_complaint *complaint)
{
        SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
        if (!ssl)
                return -ENOMEM;
        context->each[context->count++] = ssl;
        int r = settle(ssl, context);
        if (r == 0)
                r = pair ? tls_certificate_use(ssl, pair, complaint) : tls_self_signed_use(ssl);
        if (r == 0 && client_authority)
                r = tls_certificate_ask(ssl, client_authority, complaint);
        if (r == 0)
                r = bind_sessions(ssl);
        if (r < 0)
                return r;
        SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, context);
        tls_tickets_use(context->tickets, ssl);
        return 0;
}

int tls_context_new(struct tls_context **ret_context, const struct tls_options *options,
                    struct tls_complaint *complaint)
{
        size_t count = options->pair_count > 0 ? options->pair_count : 1;
        struct tls_context *context = NULL;
        int r = openssl_need(complaint);
        if (r == 0)
                context = calloc(1, sizeof(*context) + count * sizeof(context->each[0]));
        if (!context) {
                ticket_keys_free(options->ticket_keys);
                return r < 0 ? r : -ENOMEM;
        }
        context->only_1_3 = options->only_1_3;
        context->general_count = options->general_count;
        context->no_ktls = options->no_ktls ? "it was not wanted" : ktls_why_not();
        context->http2 = options->http2;

        if (options->ticket_keys)
                context->tickets = tls_tickets_new(options->ticket_keys);

        r = options->ticket_keys && !context->tickets ? -ENOMEM : 0;
        for (size_t i = 0; i < count && r == 0; i++)
                r = add_pair(context, options->pair_count > 0 ? &options->pairs[i] : NULL,
                             options->client_authority, complaint);
        if (r == 0 && context->count > 1)
                r = note_names(context);
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
        tls_tickets_free(context->tickets);
        tls_names_done(&context->names);
        free(context);
}

const char *tls_context_no_ktls(const struct tls_context *context)
{
        return context->no_ktls;
}

const char *tls_context_fingerprint(const struct tls_context *context, size_t index,
                                    char buffer[static TLS_FINGERPRINT_SIZE])
{
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        const X509 *certificate = SSL_CTX_get0_certificate(context->each[index]);

        buffer[0] = '\0';
        if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
                return buffer;
        for (size_t i = 0; i < length; i++)
                (void)snprintf(buffer + 3 * i, 4, i + 1 < length ? "%02X:" : "%02X", digest[i]);
        return buffer;
}

bool tls_context_has_expired(const struct tls_context *context, size_t index)
{
        return X509_cmp_current_time(
                       X509_get0_notAfter(SSL_CTX_get0_certificate(context->each[index]))) < 0;
}

bool tls_context_is_for(const struct tls_context *context, size_t index, const char *host)
{
        X509 *certificate = SSL_CTX_get0_certificate(context->each[index]);
        return X509_check_host(certificate, host, 0, 0, NULL) == 1;
}
