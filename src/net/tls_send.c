/* The way out: plaintext into records, records by as few calls as possible. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "base/thread_buffer.h"
#include "net/send.h"
#include "net/tls_record.h"

/* Keeps what the socket did not take. */
static int keep_left(struct tls *tls, const char *data, size_t length)
{
        char *left = malloc(length);
        if (!left)
                return -ENOMEM;
        memcpy(left, data, length);
        tls->left = left;
        tls->left_start = 0;
        tls->left_end = tls->left_size = length;
        return -EAGAIN;
}

/* A peer that asks for many small answers and reads a few of them neither has the rest copied
 * for each nor what it has read kept. */
static int append_left(struct tls *tls, const char *data, size_t length)
{
        size_t waiting = tls->left_end - tls->left_start;

        if (length > tls->left_size - tls->left_end && tls->left_start >= waiting) {
                memmove(tls->left, tls->left + tls->left_start, waiting);
                tls->left_start = 0;
                tls->left_end = waiting;
        }
        if (length > tls->left_size - tls->left_end) {
                size_t size = 2 * (tls->left_end + length);
                char *grown = realloc(tls->left, size);
                if (!grown)
                        return -ENOMEM;
                tls->left = grown;
                tls->left_size = size;
        }
        memcpy(tls->left + tls->left_end, data, length);
        tls->left_end += length;
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
        if (tls->left) /* behind those */
                return append_left(tls, records->data, length);
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
        if (r < 0 && r != -EAGAIN) {
                tls_records_drop();
                return r;
        }
        int sent = tls_send_records(tls, 0);
        return r < 0 ? r : sent;
}

size_t tls_left(const struct tls *tls)
{
        return tls->left ? tls->left_end - tls->left_start : 0;
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
        /* SSL_new_session_ticket(3): the next write begins with it. Sent by itself it would
         * cost a call, and the peer one more. */
        if (tls->owes_ticket)
                (void)SSL_new_session_ticket(tls->ssl);
        tls->owes_ticket = false;
        if (SSL_write_ex(tls->ssl, data, length, &written) != 1 || written != length) {
                int r = tls_after(tls, 0);
                tls_records_drop();
                return r == -EPROTO ? r : tls_fail(tls, "a record could not be written");
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

/* Of what is to be sent as much as makes TLS_CHUNK, or all but a record of it. */
static int encrypt_parts(struct tls *tls, struct loop_send *send)
{
        const ssize_t until = send->total + (ssize_t)TLS_CHUNK;
        int r = 0;
        while (r == 0 && send->count > 0 && until - send->total >= SSL3_RT_MAX_PLAIN_LENGTH) {
                size_t length = send->parts->iov_len;
                if (send->count > 1 && length < SSL3_RT_MAX_PLAIN_LENGTH) {
                        r = encrypt_joined(tls, send);
                        continue;
                }
                if (length > (size_t)(until - send->total))
                        length = (size_t)(until - send->total);
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
