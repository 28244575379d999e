/* Session tickets: what a client brings back to shake hands without a signature. All
 * workers can read each other's; the keys are new every few hours. */
#pragma once

#include <openssl/ssl.h>

struct tls_tickets;

/* NULL: no memory, or no randomness. */
struct tls_tickets *tls_tickets_new(void);
void tls_tickets_free(struct tls_tickets *tickets);

/* Has ssl use them; they outlive it. */
void tls_tickets_use(struct tls_tickets *tickets, SSL_CTX *ssl);
