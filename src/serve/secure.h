/* TLS as the options want it: certificates and keys are read before anything is
 * given up that it takes to read them. */
#pragma once

#include "net/address.h"
#include "serve/serve.h"

struct tls_context;

/* *ret_tls is untouched where the options want no TLS. ticket_keys: what
 * ticket_keys_fd() says, borrowed; -1: there are no tickets but by --tls-ticket-key. On
 * failure a line has been printed. */
int secure_open(struct tls_context **ret_tls, const struct serve_options *options, int ticket_keys)
        __attribute__((warn_unused_result));

/* No core is dumped that would have the keys in it. */
void secure_memory(const struct tls_context *tls);

bool secure_is_wanted(const struct serve_options *options);

/* --https-redirect's index-th address; -EINVAL: its text says none; -ENOENT: no more. */
int secure_redirect_address(const char *text, size_t index, struct address *ret_address)
        __attribute__((warn_unused_result));
int secure_check_redirect(const char *text);
