/* The BIO beneath a session. What OpenSSL writes is gathered, so that many records
 * leave by one call; what it reads has been received already. When the kernel
 * encrypts (kTLS), OpenSSL's own BIO for sockets lies beneath this one and does
 * what belongs to that; then everything is passed on to it. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_buffer.h"
#include "net/ktls.h"
#include "net/tls_record.h"

struct tls_records *tls_records(void)
{
        return thread_buffer(THREAD_BUFFER_RECORDS, sizeof(struct tls_records));
}

void tls_records_drop(void)
{
        struct tls_records *records = tls_records();
        if (records)
                records->length = 0;
}

bool tls_records_are_empty(void)
{
        const struct tls_records *records = tls_records();
        return !records || records->length == 0;
}

/* <openssl/bio.h> tells of it in a comment, as BIO_CTRL_SET_KTLS_SEND. */
#define CONTROL_SET_KTLS 72

static bool is_by_kernel(BIO *bio)
{
        BIO *socket = BIO_next(bio);
        return socket && BIO_get_ktls_send(socket);
}

static int write_records(BIO *bio, const char *data, int length)
{
        const struct tls *tls = BIO_get_data(bio);
        BIO_clear_retry_flags(bio);
        if (tls->wants_new_key) {
                BIO_set_retry_write(bio);
                return -1;
        }
        if (is_by_kernel(bio)) {
                int n = BIO_write(BIO_next(bio), data, length);
                BIO_copy_next_retry(bio);
                return n;
        }
        struct tls_records *records = tls_records();
        if (!records || sizeof(records->data) - records->length < (size_t)length)
                return -1;
        memcpy(records->data + records->length, data, (size_t)length);
        records->length += (size_t)length;
        return length;
}

static int read_records(BIO *bio, char *data, int length)
{
        struct tls *tls = BIO_get_data(bio);

        BIO_clear_retry_flags(bio);
        if (tls->input_length == 0) {
                BIO_set_retry_read(bio);
                return -1;
        }
        size_t n = (size_t)length < tls->input_length ? (size_t)length : tls->input_length;
        memcpy(data, tls->input, n);
        tls->input += n;
        tls->input_length -= n;
        return (int)n;
}

/* What was written before the kernel has the keys must have left when it gets them;
 * else it leaves when OpenSSL returns. */
static long flush(BIO *bio)
{
        if (!BIO_next(bio) || is_by_kernel(bio))
                return 1;
        int r = tls_send_records(BIO_get_data(bio), 0);
        if (r == -EAGAIN)
                BIO_set_retry_write(bio);
        return r == 0 ? 1 : -1;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
        BIO *socket = BIO_next(bio);
        switch (command) {
        case BIO_CTRL_FLUSH:
                return flush(bio);
        case CONTROL_SET_KTLS:
                /* To send only: what is received is decrypted here. */
                return socket && number ? BIO_ctrl(socket, command, number, pointer) : 0;
        case BIO_CTRL_PUSH:
        case BIO_CTRL_POP:
        case BIO_CTRL_GET_KTLS_RECV:
                return 0;
        default:
                return socket ? BIO_ctrl(socket, command, number, pointer) : 0;
        }
}

static BIO_METHOD *method;

static void make_method(void)
{
        BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice");
        if (!made)
                return;
        (void)BIO_meth_set_write(made, write_records);
        (void)BIO_meth_set_read(made, read_records);
        (void)BIO_meth_set_ctrl(made, control);
        method = made;
}

BIO *tls_bio_new(struct tls *tls)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        (void)pthread_once(&once, make_method);
        BIO *bio = method ? BIO_new(method) : NULL;
        if (!bio)
                return NULL;
        BIO_set_data(bio, tls);
        BIO_set_init(bio, 1);
        return bio;
}

/* RFC 8446 4.6.3: the peer has new keys and wants us to have some too. A kernel before
 * Linux 6.14 cannot change them, and an answer would promise that: so there is none. */
static void notice(int sent, int version, int type, const void *data, size_t length, SSL *ssl,
                   void *argument)
{
        struct tls *tls = argument;
        const unsigned char *message = data;
        (void)version, (void)ssl;
        if (!sent && type == SSL3_RT_HANDSHAKE && length == SSL3_HM_HEADER_LENGTH + 1 &&
            message[0] == SSL3_MT_KEY_UPDATE && message[SSL3_HM_HEADER_LENGTH] == 1)
                tls->wants_new_key = tls->by_kernel;
}

void tls_bio_offer_kernel(struct tls *tls)
{
        if (tls->context->no_ktls || ktls_attach(tls->fd) < 0)
                return;
        BIO *socket = BIO_new_socket(tls->fd, BIO_NOCLOSE);
        if (!socket)
                return;
        (void)BIO_push(SSL_get_wbio(tls->ssl), socket);
        SSL_set_msg_callback(tls->ssl, notice);
        SSL_set_msg_callback_arg(tls->ssl, tls);
}
