/* Session tickets: what a client brings back to shake hands without a signature. All
 * workers can read each other's. */
#pragma once

#include <openssl/ssl.h>

#include "net/ticket_keys.h"

struct tls_tickets;

/* Takes the keys, also on failure. NULL: no memory. */
struct tls_tickets *tls_tickets_new(struct ticket_keys *keys);
void tls_tickets_free(struct tls_tickets *tickets);

/* Has ssl use them; they outlive it. NULL: ssl makes no tickets and reads none. */
void tls_tickets_use(struct tls_tickets *tickets, SSL_CTX *ssl);
