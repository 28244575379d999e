#include "client/wire.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>

/* RFC 8446, 5.1 */
#define RECORD_MAX ((size_t)1 << 14)

SSL_CTX *wire_new_context(void)
{
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        if (!context)
                return NULL;
        if (!SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) ||
            !SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") ||
            !SSL_CTX_set1_groups_list(context, "X25519")) {
                SSL_CTX_free(context);
                return NULL;
        }
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
        (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        return context;
}

SSL *wire_handshake(SSL_CTX *context, int fd)
{
        SSL *wire = SSL_new(context);
        if (!wire || !SSL_set_fd(wire, fd) || SSL_connect(wire) != 1) {
                SSL_free(wire);
                return NULL;
        }
        return wire;
}

static ssize_t result(SSL *wire, int r)
{
        int error = SSL_get_error(wire, r);
        if (error == SSL_ERROR_ZERO_RETURN)
                return 0;
        ERR_clear_error();
        errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
        return -1;
}

ssize_t wire_receive(SSL *wire, void *buffer, size_t size)
{
        size_t received = 0;
        do {
                int r = SSL_read(wire, (char *)buffer + received, (int)(size - received));
                if (r <= 0)
                        return received ? (ssize_t)received : result(wire, r);
                received += (size_t)r;
        } while (size - received >= RECORD_MAX);
        return (ssize_t)received;
}

ssize_t wire_send(SSL *wire, const void *data, size_t length)
{
        int r = SSL_write(wire, data, (int)length);
        return r > 0 ? r : result(wire, r);
}

void wire_close(SSL *wire)
{
        if (wire)
                (void)SSL_shutdown(wire);
        SSL_free(wire);
}
