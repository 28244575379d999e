/* A certificate signed by its own key, for development. */
#pragma once

#include <openssl/ssl.h>

#include "net/tls_context.h"

struct tls_self_signed {
        char certificate[4096]; /* paths of files in PEM */
        char key[4096];
};

/* Takes the one in the folder; makes it, for localhost, this host's name and addresses,
 * where there is none or it ends within a week. The folder is made too. -EINVAL: what
 * *complaint says; -ENOMEM. */
int tls_self_signed_get(struct tls_self_signed *ret_files, const char *folder,
                        struct tls_complaint *complaint) __attribute__((warn_unused_result));

/* Makes one in memory, which no file ever holds. -ENOMEM. */
int tls_self_signed_use(SSL_CTX *ssl) __attribute__((warn_unused_result));
