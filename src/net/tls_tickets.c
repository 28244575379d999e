#include "net/tls_tickets.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/clock.h"

/* A key makes tickets for so long, and those are good for as long again. */
#define KEY_SECONDS (3L * 3600)
#define KEYS 3 /* the newest first; the oldest one's tickets have all expired */

struct key {
        unsigned char name[16];
        unsigned char cipher[32];
        unsigned char digest[32];
        long made_s;
};

struct tls_tickets {
        pthread_mutex_t lock; /* of those below */
        size_t count;
        struct key keys[KEYS];
        EVP_CIPHER *cipher; /* looked up once: a handshake would spend a tenth on it */
};

static long now_s(void)
{
        return (long)(clock_coarse_ns() / NS_PER_S);
}

static bool make_key(struct tls_tickets *tickets)
{
        struct key key = {.made_s = now_s()};
        unsigned char random[sizeof(key.name) + sizeof(key.cipher) + sizeof(key.digest)];

        if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
                return false;
        memcpy(key.name, random, sizeof(key.name));
        memcpy(key.cipher, random + sizeof(key.name), sizeof(key.cipher));
        memcpy(key.digest, random + sizeof(key.name) + sizeof(key.cipher), sizeof(key.digest));
        explicit_bzero(random, sizeof(random));
        memmove(&tickets->keys[1], &tickets->keys[0], sizeof(tickets->keys[0]) * (KEYS - 1));
        tickets->keys[0] = key;
        if (tickets->count < KEYS)
                tickets->count++;
        return true;
}

struct tls_tickets *tls_tickets_new(void)
{
        struct tls_tickets *tickets = calloc(1, sizeof(*tickets));
        if (!tickets)
                return NULL;
        (void)pthread_mutex_init(&tickets->lock, NULL);
        tickets->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
        if (!tickets->cipher || !make_key(tickets)) {
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
        (void)pthread_mutex_destroy(&tickets->lock);
        explicit_bzero(tickets->keys, sizeof(tickets->keys));
        free(tickets);
}

/* A copy of the key to make a ticket with. */
static void newest(struct tls_tickets *tickets, struct key *ret_key)
{
        (void)pthread_mutex_lock(&tickets->lock);
        /* Without randomness the old one has to do. */
        if (now_s() - tickets->keys[0].made_s >= KEY_SECONDS)
                (void)make_key(tickets);
        *ret_key = tickets->keys[0];
        (void)pthread_mutex_unlock(&tickets->lock);
}

/* The key of that name; false: its time is over, or it never was. *ret_old: a ticket of
 * it should be exchanged. */
static bool find(struct tls_tickets *tickets, const unsigned char *name, struct key *ret_key,
                 bool *ret_old)
{
        bool found = false;
        (void)pthread_mutex_lock(&tickets->lock);
        for (size_t i = 0; i < tickets->count && !found; i++) {
                long age_s = now_s() - tickets->keys[i].made_s;
                found = age_s < 2 * KEY_SECONDS &&
                        memcmp(tickets->keys[i].name, name, sizeof(tickets->keys[i].name)) == 0;
                if (found) {
                        *ret_key = tickets->keys[i];
                        *ret_old = age_s >= KEY_SECONDS;
                }
        }
        (void)pthread_mutex_unlock(&tickets->lock);
        return found;
}

static bool set_digest(EVP_MAC_CTX *digest, struct key *key)
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
        struct tls_tickets *tickets = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
        struct key key;
        bool old = false;

        if (making) {
                newest(tickets, &key);
                memcpy(name, key.name, sizeof(key.name));
                if (getrandom(start, 16, 0) != 16)
                        return -1;
        } else if (!find(tickets, name, &key, &old)) {
                return 0; /* a full handshake */
        }
        bool good =
                EVP_CipherInit_ex2(cipher, tickets->cipher, key.cipher, start, making, NULL) == 1 &&
                set_digest(digest, &key);
        explicit_bzero(&key, sizeof(key));
        if (!good)
                return -1;
        return old ? 2 : 1;
}

void tls_tickets_use(struct tls_tickets *tickets, SSL_CTX *ssl)
{
        SSL_CTX_set_app_data(ssl, tickets);
        (void)SSL_CTX_set_timeout(ssl, KEY_SECONDS);
        (void)SSL_CTX_set_tlsext_ticket_key_evp_cb(ssl, use_key);
}
