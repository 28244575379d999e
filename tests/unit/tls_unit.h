/* Of TLS: with OpenSSL, which it opens. */
#pragma once

#include "net/openssl.h"
#include "unit.h"

static int load_openssl(void **state)
{
        const char *error;
        (void)state;
        return openssl_load(&error);
}
