/* Which of several certificates names a host. A handshake looks it up, whether there are
 * two or a thousand. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509v3.h>

struct tls_name;

struct tls_names {
        struct tls_name *each; /* sorted by tls_names_sort() */
        size_t count;
};

/* Adds the names that the certificate is for: its subjectAltName's, or without those its
 * subject's CN (RFC 6125 6.4.4). Of several with one name that with the least rank is
 * found. -ENOMEM. */
int tls_names_add(struct tls_names *names, X509 *certificate, size_t rank)
        __attribute__((warn_unused_result));
void tls_names_sort(struct tls_names *names);
void tls_names_done(struct tls_names *names);

/* "*.example.org" is for what is right beneath it. False: no certificate names the host. */
bool tls_names_find(const struct tls_names *names, const char *host, size_t *ret_rank);
