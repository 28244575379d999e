#include "net/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/thread_buffer.h"
#include "net/ktls.h"
#include "net/tls_record.h"

#define RECORD_HANDSHAKE 22 /* RFC 8446 5.1 */

int tls_new(struct tls **ret_tls, struct tls_context *context, int fd)
{
        struct tls *tls = calloc(1, sizeof(*tls));
        if (!tls)
                return -ENOMEM;
        tls->fd = fd;
        tls->context = context;
        tls->ssl = SSL_new(context->each[0]);
        BIO *bio = tls_bio_new(tls);
        if (!tls->ssl || !bio) {
                BIO_free(bio);
                tls_free(tls);
                return -ENOMEM;
        }
        SSL_set_bio(tls->ssl, bio, bio);
        SSL_set_accept_state(tls->ssl);
        *ret_tls = tls;
        return 0;
}

void tls_free(struct tls *tls)
{
        if (!tls)
                return;
        SSL_free(tls->ssl);
        free(tls->kept);
        free(tls->left);
        free(tls);
}

/* ---- Receiving ---- */

void tls_input(struct tls *tls, const char *data, size_t length)
{
        tls->input = data;
        tls->input_length = length;
}

bool tls_has_input(const struct tls *tls)
{
        return tls->input_length > 0;
}

int tls_keep_input(struct tls *tls)
{
        char *kept = NULL;
        if (tls->input_length > 0) {
                kept = malloc(tls->input_length);
                if (!kept)
                        return -ENOMEM;
                memcpy(kept, tls->input, tls->input_length);
        }
        free(tls->kept);
        tls->kept = kept;
        tls->input = kept;
        return 0;
}

int tls_fail(struct tls *tls, const char *error)
{
        tls->failed = true;
        tls->error = error;
        return -EPROTO;
}

int tls_after(struct tls *tls, int result)
{
        switch (SSL_get_error(tls->ssl, result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
                return -EAGAIN;
        case SSL_ERROR_ZERO_RETURN:
                return 0;
        default: {
                const char *reason = ERR_reason_error_string(ERR_peek_error());
                return tls_fail(tls, reason ? reason : "the connection ended");
        }
        }
}

/* What a peer that reads nothing may make us say: answers to its key updates, say. */
#define UNREAD_MAX ((size_t)1 << 20)

/* Alerts, and what else OpenSSL writes on its own account. */
static int flush_own(struct tls *tls)
{
        int r = tls_flush(tls);
        if (r == -EAGAIN && tls->left_end - tls->left_start > UNREAD_MAX)
                return tls_fail(tls, "the peer asks and does not read");
        return r == -EAGAIN ? 0 : r;
}

static bool looks_like_http(const struct tls *tls)
{
        return tls->input_length > 0 && tls->input[0] >= 'A' && tls->input[0] <= 'Z';
}

/* Whoever is encrypted for by the kernel never comes to encrypt(). */
static void owe_ticket(struct tls *tls)
{
        if (!tls->context->tickets || SSL_version(tls->ssl) < TLS1_3_VERSION)
                return;
        if (!tls->by_kernel)
                tls->owes_ticket = true;
        else if (SSL_new_session_ticket(tls->ssl) == 1)
                (void)SSL_do_handshake(tls->ssl);
}

int tls_handshake(struct tls *tls)
{
        if (tls->failed)
                return -EPROTO;
        if (!tls->begun && tls->input_length > 0) {
                tls->begun = true;
                tls->plain_http = looks_like_http(tls);
                if (tls->plain_http)
                        return tls_fail(tls, "plain HTTP");
                if (tls->input[0] != RECORD_HANDSHAKE)
                        return tls_fail(tls, "no TLS");
                tls_bio_offer_kernel(tls);
        }
        ERR_clear_error();
        int result = SSL_do_handshake(tls->ssl);
        int r = result == 1 ? 0 : tls_after(tls, result);
        if (result != 1 && r == 0)
                r = tls_fail(tls, "the peer has closed");
        tls->stuck = r == -EAGAIN && SSL_want_write(tls->ssl);
        int flushed = flush_own(tls);
        if (r == 0 && flushed < 0)
                return flushed;
        tls->open = r == 0;
        tls->by_kernel = tls->open && BIO_get_ktls_send(SSL_get_wbio(tls->ssl));
        if (tls->open)
                owe_ticket(tls);
        return r;
}

bool tls_is_open(const struct tls *tls)
{
        return tls->open;
}

ssize_t tls_read(struct tls *tls, const char **ret_data)
{
        if (tls->failed)
                return -EPROTO;
        if (!tls->open)
                return -EAGAIN;
        if (tls->input_length == 0 && !SSL_has_pending(tls->ssl))
                return -EAGAIN;
        char *plain = thread_buffer(THREAD_BUFFER_RECEIVED, SSL3_RT_MAX_PLAIN_LENGTH);
        if (!plain)
                return -ENOMEM;
        ERR_clear_error();
        int n = SSL_read(tls->ssl, plain, SSL3_RT_MAX_PLAIN_LENGTH);
        ssize_t r = n > 0 ? n : tls_after(tls, n);
        if (tls->wants_new_key)
                r = 0;
        if (n <= 0 || !tls_records_are_empty()) {
                int flushed = flush_own(tls);
                if (flushed < 0)
                        return flushed;
        }
        *ret_data = plain;
        return r;
}

/* ---- Ending ---- */

void tls_finish(struct tls *tls)
{
        if (!tls->open || tls->failed)
                return;
        if (tls->by_kernel) {
                ktls_finish(tls->fd);
                return;
        }
        ERR_clear_error();
        (void)SSL_shutdown(tls->ssl);
        (void)flush_own(tls);
}

/* ---- What it is ---- */

bool tls_is_by_kernel(const struct tls *tls)
{
        return tls->by_kernel;
}

const char *tls_error(const struct tls *tls)
{
        return tls->error ? tls->error : "";
}

bool tls_is_plain_http(const struct tls *tls)
{
        return tls->plain_http;
}
