/* Certificates, keys and what goes with them, from files into an SSL_CTX. */
#pragma once

#include <openssl/ssl.h>

#include "net/tls_context.h"

/* -EINVAL: what *complaint says; -ENOMEM. */
int tls_certificate_use(SSL_CTX *ssl, const struct tls_pair *pair, struct tls_complaint *complaint)
        __attribute__((warn_unused_result));

/* Has every client show a certificate that one of those in the file has signed. */
int tls_certificate_ask(SSL_CTX *ssl, const char *file, struct tls_complaint *complaint)
        __attribute__((warn_unused_result));
