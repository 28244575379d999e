#include "net/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "base/thread_buffer.h"
#include "net/ktls.h"
#include "net/send.h"
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

static int fail(struct tls *tls, const char *error)
{
        tls->failed = true;
        tls->error = error;
        return -EPROTO;
}

/* What OpenSSL says after a call that did not succeed: -EAGAIN, or the end. */
static int after(struct tls *tls, int result)
{
        switch (SSL_get_error(tls->ssl, result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
                return -EAGAIN;
        case SSL_ERROR_ZERO_RETURN:
                return 0;
        default: {
                const char *reason = ERR_reason_error_string(ERR_peek_error());
                return fail(tls, reason ? reason : "the connection ended");
        }
        }
}

/* Alerts, tickets, and what else OpenSSL writes on its own account. */
static int flush_own(struct tls *tls)
{
        int r = tls_flush(tls);
        return r == -EAGAIN ? 0 : r;
}

static bool looks_like_http(const struct tls *tls)
{
        return tls->input_length > 0 && tls->input[0] >= 'A' && tls->input[0] <= 'Z';
}

int tls_handshake(struct tls *tls)
{
        if (tls->failed)
                return -EPROTO;
        if (!tls->begun && tls->input_length > 0) {
                tls->begun = true;
                tls->plain_http = looks_like_http(tls);
                if (tls->plain_http)
                        return fail(tls, "plain HTTP");
                if (tls->input[0] != RECORD_HANDSHAKE)
                        return fail(tls, "no TLS");
                tls_bio_offer_kernel(tls);
        }
        ERR_clear_error();
        int result = SSL_do_handshake(tls->ssl);
        int r = result == 1 ? 0 : after(tls, result);
        if (result != 1 && r == 0)
                r = fail(tls, "the peer has closed");
        tls->stuck = r == -EAGAIN && SSL_want_write(tls->ssl);
        int flushed = flush_own(tls);
        if (r == 0 && flushed < 0)
                return flushed;
        tls->open = r == 0;
        tls->by_kernel = tls->open && BIO_get_ktls_send(SSL_get_wbio(tls->ssl));
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
        ssize_t r = n > 0 ? n : after(tls, n);
        if (tls->wants_new_key)
                r = 0;
        if (n <= 0) {
                int flushed = flush_own(tls);
                if (flushed < 0)
                        return flushed;
        }
        *ret_data = plain;
        return r;
}

/* ---- Sending ---- */

/* Keeps what the socket did not take. */
static int keep_left(struct tls *tls, const char *data, size_t length)
{
        char *left = malloc(length);
        if (!left)
                return -ENOMEM;
        memcpy(left, data, length);
        tls->left = left;
        tls->left_start = 0;
        tls->left_end = length;
        return -EAGAIN;
}

/* The number of bytes that the socket took; fewer than length: it is full now. */
static ssize_t send_some(struct tls *tls, const char *data, size_t length, int flags)
{
        ssize_t n;
        do {
                n = sendto(tls->fd, data, length, flags | MSG_NOSIGNAL, NULL, 0);
                tls->send_calls++;
        } while (n < 0 && errno == EINTR);
        if (n < 0)
                return errno == EAGAIN ? 0 : -errno;
        return n;
}

static int flush_left(struct tls *tls)
{
        size_t length = tls->left_end - tls->left_start;
        ssize_t n = send_some(tls, tls->left + tls->left_start, length, 0);
        if (n < 0)
                return (int)n;
        tls->left_start += (size_t)n;
        if ((size_t)n < length)
                return -EAGAIN;
        free(tls->left);
        tls->left = NULL;
        return 0;
}

int tls_send_records(struct tls *tls, int flags)
{
        struct tls_records *records = tls_records();
        if (!records)
                return -ENOMEM;
        size_t length = records->length;
        records->length = 0;
        if (length == 0)
                return tls->left ? -EAGAIN : 0;
        if (tls->left) { /* behind those */
                char *joined = realloc(tls->left, tls->left_end + length);
                if (!joined)
                        return -ENOMEM;
                memcpy(joined + tls->left_end, records->data, length);
                tls->left = joined;
                tls->left_end += length;
                return -EAGAIN;
        }
        ssize_t n = send_some(tls, records->data, length, flags);
        if (n < 0)
                return (int)n;
        if ((size_t)n < length)
                return keep_left(tls, records->data + n, length - (size_t)n);
        return 0;
}

int tls_flush(struct tls *tls)
{
        int r = tls->left ? flush_left(tls) : 0;
        int sent = r == 0 || r == -EAGAIN ? tls_send_records(tls, 0) : r;
        return r < 0 ? r : sent;
}

bool tls_go_on(struct tls *tls)
{
        /* An error comes again by whoever sends next. */
        if (tls->left)
                (void)!tls_flush(tls);
        return tls->stuck && !tls->left;
}

/* Turns plaintext into records. At most TLS_CHUNK of it. */
static int encrypt(struct tls *tls, const void *data, size_t length)
{
        size_t written;
        if (tls->failed)
                return -EPROTO;
        ERR_clear_error();
        if (SSL_write_ex(tls->ssl, data, length, &written) != 1 || written != length) {
                int r = after(tls, 0);
                return r == -EPROTO ? r : fail(tls, "a record could not be written");
        }
        return 0;
}

/* Takes all of it, unless something is left of what it took before. */
static int sink_write(void *context, const void *data, size_t length, bool more_follows)
{
        struct tls *tls = context;
        int r = tls->left ? tls_flush(tls) : 0;
        const char *next = data;
        while (r == 0 && length > 0) {
                size_t n = length < TLS_CHUNK ? length : TLS_CHUNK;
                r = encrypt(tls, next, n);
                next += n;
                length -= n;
                if (r == 0)
                        r = tls_send_records(tls, length > 0 || more_follows ? MSG_MORE : 0);
                /* Full, but taken: the rest of it too is encrypted, and kept. */
                if (r == -EAGAIN)
                        r = 0;
        }
        return r;
}

static int sink_flush(void *context)
{
        struct tls *tls = context;
        return tls->left ? tls_flush(tls) : 0;
}

sluice_sink tls_sink(struct tls *tls)
{
        return (sluice_sink){
                .context = tls,
                .write = sink_write,
                .flush = sink_flush,
                .fd = tls->fd,
        };
}

uint64_t tls_send_calls(const struct tls *tls)
{
        return tls->send_calls;
}

/* Small parts become one record. */
static int encrypt_joined(struct tls *tls, struct loop_send *send)
{
        char *plain = thread_buffer(THREAD_BUFFER_JOINED, SSL3_RT_MAX_PLAIN_LENGTH);
        size_t length = 0;
        if (!plain)
                return -ENOMEM;
        while (send->count > 0 && length < SSL3_RT_MAX_PLAIN_LENGTH) {
                size_t n = send->parts->iov_len;
                if (n > SSL3_RT_MAX_PLAIN_LENGTH - length)
                        n = SSL3_RT_MAX_PLAIN_LENGTH - length;
                memcpy(plain + length, send->parts->iov_base, n);
                length += n;
                send_advance(send, n);
        }
        return encrypt(tls, plain, length);
}

/* About TLS_CHUNK of what is to be sent. */
static int encrypt_parts(struct tls *tls, struct loop_send *send)
{
        ssize_t until = send->total + (ssize_t)(TLS_CHUNK - SSL3_RT_MAX_PLAIN_LENGTH);
        int r = 0;
        while (r == 0 && send->count > 0 && send->total < until) {
                size_t length = send->parts->iov_len;
                if (send->count > 1 && length < SSL3_RT_MAX_PLAIN_LENGTH) {
                        r = encrypt_joined(tls, send);
                        continue;
                }
                if (length > TLS_CHUNK / 2)
                        length = TLS_CHUNK / 2;
                r = encrypt(tls, send->parts->iov_base, length);
                send_advance(send, length);
        }
        return r;
}

ssize_t tls_send(struct tls *tls, struct loop_send *send)
{
        if (tls->by_kernel)
                return send_parts(tls->fd, send);
        int r = tls->left ? tls_flush(tls) : 0;
        while (r == 0 && send->count > 0) {
                r = encrypt_parts(tls, send);
                if (r == 0)
                        r = tls_send_records(tls, send->count > 0 ? MSG_MORE : send->flags);
        }
        if (r == -EAGAIN)
                return -EINPROGRESS;
        return r < 0 ? r : send->total;
}

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

const char *tls_version(const struct tls *tls)
{
        return SSL_get_version(tls->ssl);
}

const char *tls_cipher(const struct tls *tls)
{
        return SSL_get_cipher_name(tls->ssl);
}

const char *tls_error(const struct tls *tls)
{
        return tls->error ? tls->error : "";
}

bool tls_is_plain_http(const struct tls *tls)
{
        return tls->plain_http;
}
