/* Inside net/tls*.c: what a session and a context are, and what OpenSSL reads from
 * and writes to. */
#pragma once

#include <openssl/ssl.h>

#include "net/tls.h"
#include "net/tls_names.h"

/* So much is encrypted before it is sent by one call. */
#define TLS_CHUNK ((size_t)256 << 10)

struct tls_tickets;

struct tls_context {
        bool only_1_3;
        bool http2;
        struct tls_tickets *tickets; /* NULL: none are made */
        const char *no_ktls; /* why not, in words; NULL: with kTLS */
        struct tls_names names; /* by rank: those behind general_count, then those before */
        size_t general_count;
        size_t count;
        SSL_CTX *each[]; /* the first is every connection's, until a host is named */
};

struct tls {
        SSL *ssl;
        const struct tls_context *context;
        int fd;
        bool open : 1; /* the handshake is done */
        bool by_kernel : 1;
        bool begun : 1; /* the first byte has come */
        bool stuck : 1; /* the handshake waits for room in the socket */
        bool owes_ticket : 1; /* it leaves with the first bytes of the owner's */
        bool wants_new_key : 1; /* the peer does, of a kernel that cannot change it */
        bool plain_http : 1;
        bool failed : 1; /* nothing can be sent or read any more */
        const char *input; /* records, or pieces of them, that OpenSSL has not read yet */
        size_t input_length;
        char *kept; /* the heap's block that input lies in; NULL: it is borrowed */
        char *left; /* what the socket did not take of records; heap */
        size_t left_start;
        size_t left_end;
        size_t left_size; /* allocated */
        uint64_t send_calls;
        const char *error; /* static */
};

/* Records of one session on their way to its socket: the thread's, and empty between two
 * calls of tls.h's functions, also when one fails: the next session would send them. */
struct tls_records {
        size_t length;
        char data[TLS_CHUNK + ((size_t)64 << 10)]; /* for heads, tags and alerts */
};

/* This thread's; NULL: no memory. */
struct tls_records *tls_records(void);
/* Those of a session that has failed. */
void tls_records_drop(void);
bool tls_records_are_empty(void);

/* Nothing can be sent or read any more; error: why, static. -EPROTO. */
int tls_fail(struct tls *tls, const char *error);
/* What OpenSSL says after a call that did not succeed: -EAGAIN; 0: the peer sends no
 * more; or tls_fail(). */
int tls_after(struct tls *tls, int result) __attribute__((warn_unused_result));

/* Sends those that OpenSSL has written. 0, or -EAGAIN: some are left; or another -errno. */
int tls_send_records(struct tls *tls, int flags) __attribute__((warn_unused_result));

/* A BIO for both of tls's directions. NULL: no memory. */
BIO *tls_bio_new(struct tls *tls);

/* Lets the kernel encrypt, once there are keys and if it likes the cipher. */
void tls_bio_offer_kernel(struct tls *tls);
