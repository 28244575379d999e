#include "net/openssl.h"

#include <errno.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/on_demand.h"
#include "net/tls_heap.h"

ON_DEMAND_NOTE(openssl, SONAME_SSL, "tls", "HTTPS, and what the lab measures of TLS");

#define FUNCTION ON_DEMAND_FUNCTION
#define PROCEDURE ON_DEMAND_PROCEDURE
#include "net/openssl.def"
#undef FUNCTION
#undef PROCEDURE

static const struct on_demand_symbol symbols[] = {
#define FUNCTION(type, name, parameters, arguments) ON_DEMAND_SYMBOL(name),
#define PROCEDURE(name, parameters, arguments) ON_DEMAND_SYMBOL(name),
#include "net/openssl.def"
#undef FUNCTION
#undef PROCEDURE
};

int openssl_load(const char **ret_error)
{
        /* Which brings libcrypto along. */
        static struct on_demand library = ON_DEMAND_LIBRARY(SONAME_SSL, symbols);
        int r = on_demand_load(&library, ret_error);
        if (r == 0)
                tls_heap_use();
        return r;
}

int openssl_need(struct tls_complaint *complaint)
{
        const char *error;
        if (openssl_load(&error) == 0)
                return 0;
        (void)snprintf(complaint->text, sizeof(complaint->text),
                       "TLS needs OpenSSL: %s" ON_DEMAND_REMEDY, error);
        return -EINVAL;
}
