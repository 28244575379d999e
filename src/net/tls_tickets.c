#include "net/tls_tickets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

struct tls_tickets {
        struct ticket_keys *keys;
        EVP_CIPHER *cipher; /* looked up once: a handshake would spend a tenth on it */
};

struct tls_tickets *tls_tickets_new(struct ticket_keys *keys)
{
        struct tls_tickets *tickets = calloc(1, sizeof(*tickets));
        if (!tickets) {
                ticket_keys_free(keys);
                return NULL;
        }
        tickets->keys = keys;
        tickets->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
        if (!tickets->cipher) {
                tls_tickets_free(tickets);
                return NULL;
        }
        return tickets;
}

void tls_tickets_free(struct tls_tickets *tickets)
{
        if (!tickets)
                return;
        EVP_CIPHER_free(tickets->cipher);
        ticket_keys_free(tickets->keys);
        free(tickets);
}

static bool set_digest(EVP_MAC_CTX *digest, struct ticket_key *key)
{
        OSSL_PARAM parameters[] = {
                OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->digest,
                                                  sizeof(key->digest)),
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
                OSSL_PARAM_construct_end(),
        };
        return EVP_MAC_CTX_set_params(digest, parameters) == 1;
}

/* SSL_CTX_set_tlsext_ticket_key_evp_cb(3). */
static int use_key(SSL *ssl, unsigned char *name, unsigned char *start, EVP_CIPHER_CTX *cipher,
                   EVP_MAC_CTX *digest, int making)
{
        const struct tls_tickets *tickets = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
        struct ticket_key key;
        bool old = false;

        if (making) {
                if (getrandom(start, 16, 0) != 16)
                        return -1;
                ticket_keys_newest(tickets->keys, &key);
                memcpy(name, key.name, sizeof(key.name));
        } else if (!ticket_keys_find(tickets->keys, name, &key, &old)) {
                return 0; /* a full handshake */
        }
        bool good =
                EVP_CipherInit_ex2(cipher, tickets->cipher, key.cipher, start, making, NULL) == 1 &&
                set_digest(digest, &key);
        explicit_bzero(&key, sizeof(key));
        if (!good)
                return -1;
        /* 2: another one is made. A client of TLS 1.3 shows each only once, or else who
         * watches could tell that it is the same one (RFC 8446 C.4). */
        return old || SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1;
}

void tls_tickets_use(struct tls_tickets *tickets, SSL_CTX *ssl)
{
        if (!tickets) {
                (void)SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET);
                return;
        }
        SSL_CTX_set_app_data(ssl, tickets);
        (void)SSL_CTX_set_timeout(ssl, TICKET_SECONDS);
        (void)SSL_CTX_set_tlsext_ticket_key_evp_cb(ssl, use_key);
}
