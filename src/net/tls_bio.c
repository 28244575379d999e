/* The BIO beneath a session. What OpenSSL writes is gathered, so that many records
 * leave by one call; what it reads has been received already. When the kernel
 * encrypts (kTLS), OpenSSL's own BIO for sockets lies beneath this one and does
 * what belongs to that; then everything is passed on to it. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_buffer.h"
#include "net/tls_record.h"

struct tls_records *tls_records(void)
{
        return thread_buffer(THREAD_BUFFER_RECORDS, sizeof(struct tls_records));
}

static bool is_by_kernel(BIO *bio)
{
        BIO *socket = BIO_next(bio);
        return socket && BIO_get_ktls_send(socket);
}

static int write_records(BIO *bio, const char *data, int length)
{
        BIO_clear_retry_flags(bio);
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

static long control(BIO *bio, int command, long number, void *pointer)
{
        BIO *socket = BIO_next(bio);
        switch (command) {
        case BIO_CTRL_FLUSH:
                /* OpenSSL flushes after a flight; it leaves when OpenSSL returns. */
                return 1;
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
