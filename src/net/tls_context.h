/* What all TLS connections share: certificates, keys, what is spoken. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tls_context;
struct ticket_keys;

/* Files in PEM. The first certificate is the server's, those behind it lead to
 * one that the client knows. */
struct tls_pair {
        const char *certificate;
        const char *key;
        const char *ocsp; /* the authority's word that it is still good, in DER; or NULL */
};

struct tls_options {
        /* The first is for who names no host that is known. None at all: a certificate is
         * made in memory, signed by its own key. */
        const struct tls_pair *pairs;
        size_t pair_count;
        size_t general_count; /* so many of them, the first, only count for hosts that no
                                 other one names */
        bool only_1_3; /* else TLS 1.2 too */
        bool no_ktls;
        bool http2; /* is spoken, and preferred */
        /* A file in PEM: clients show a certificate that one of these signed; or NULL. */
        const char *client_authority;
        /* To make tickets with; taken, also on failure. NULL: no tickets. */
        struct ticket_keys *ticket_keys;
};

/* Says in one line what is wrong. */
struct tls_complaint {
        char text[512];
};

/* Reads the files. -EINVAL: what *complaint says; -ENOMEM. */
int tls_context_new(struct tls_context **ret_context, const struct tls_options *options,
                    struct tls_complaint *complaint) __attribute__((warn_unused_result));
void tls_context_free(struct tls_context *context);

/* Why the kernel will not encrypt, in words; NULL: it will, where the connection's
 * cipher allows. Static. */
const char *tls_context_no_ktls(const struct tls_context *context);

/* Of the index-th pair: the SHA-256 of its certificate, as browsers show it:
 * "AB:CD:..."; and whether its time is over. */
#define TLS_FINGERPRINT_SIZE 96
const char *tls_context_fingerprint(const struct tls_context *context, size_t index,
                                    char buffer[static TLS_FINGERPRINT_SIZE]);
bool tls_context_has_expired(const struct tls_context *context, size_t index);

/* Whether the index-th pair's certificate names the host; "*.example.org" names what is
 * right beneath it. */
bool tls_context_is_for(const struct tls_context *context, size_t index, const char *host);
