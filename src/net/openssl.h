/* OpenSSL, which is opened when TLS is wanted; base/on_demand.h. */
#pragma once

#include "net/tls_context.h"

/* Before anything else is called of it. Errors: -ELIBACC, in words in ret_error, as
 * on_demand_load() has it. */
int openssl_load(const char **ret_error) __attribute__((warn_unused_result));

/* The same for who has a complaint to make: -EINVAL. */
int openssl_need(struct tls_complaint *complaint) __attribute__((warn_unused_result));
