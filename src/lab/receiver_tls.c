#include "lab/receiver_tls.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/openssl.h"

struct receiver_tls {
        SSL *ssl;
};

/* For all connections of the process, of which one thread takes care. */
static SSL_CTX *shared_context(void)
{
        static SSL_CTX *context;
        const char *error;
        if (context || openssl_load(&error) < 0)
                return context;
        SSL_CTX *made = SSL_CTX_new(TLS_client_method());
        if (!made || SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION) != 1 ||
            SSL_CTX_set_ciphersuites(made, "TLS_AES_128_GCM_SHA256") != 1) {
                SSL_CTX_free(made);
                return NULL;
        }
        SSL_CTX_set_verify(made, SSL_VERIFY_NONE, NULL);
        /* The kernel would write and read records one by one: a call for 16 KiB. */
        SSL_CTX_set_read_ahead(made, 1);
        SSL_CTX_set_default_read_buffer_len(made, (size_t)256 << 10);
        context = made;
        return context;
}

int receiver_tls_open(struct receiver_tls **ret, int fd)
{
        SSL_CTX *context = shared_context();
        struct receiver_tls *tls = calloc(1, sizeof(*tls));
        int r = -ENOMEM;

        if (context && tls)
                tls->ssl = SSL_new(context);
        if (tls && tls->ssl && SSL_set_fd(tls->ssl, fd) == 1) {
                ERR_clear_error();
                r = SSL_connect(tls->ssl) == 1 ? 0 : -EPROTO;
        }
        if (r == 0)
                *ret = tls;
        else
                receiver_tls_close(tls);
        return r;
}

void receiver_tls_close(struct receiver_tls *tls)
{
        if (!tls)
                return;
        SSL_free(tls->ssl);
        free(tls);
}

/* Of a call that did not succeed: 0 is the end, by a farewell or without one. */
static int error_of(const struct receiver_tls *tls, int result)
{
        switch (SSL_get_error(tls->ssl, result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
                return -EAGAIN;
        case SSL_ERROR_ZERO_RETURN:
                return 0;
        default:
                return -EPROTO;
        }
}

ssize_t receiver_tls_read(struct receiver_tls *tls, void *buffer, size_t length)
{
        ERR_clear_error();
        int n = SSL_read(tls->ssl, buffer, length < INT_MAX ? (int)length : INT_MAX);
        return n > 0 ? n : error_of(tls, n);
}

int receiver_tls_write(struct receiver_tls *tls, const void *data, size_t length)
{
        ERR_clear_error();
        int n = SSL_write(tls->ssl, data, (int)length);
        if (n > 0)
                return 0;
        int r = error_of(tls, n);
        return r < 0 ? r : -EPROTO;
}
