#include "net/tls_certificate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define OCSP_MAX ((size_t)64 << 10)

static int complain(struct tls_complaint *complaint, const char *file, const char *what)
{
        (void)snprintf(complaint->text, sizeof(complaint->text), "%s: %s", file, what);
        ERR_clear_error();
        return -EINVAL;
}

/* What OpenSSL says of a file it could not use. */
static int complain_of(struct tls_complaint *complaint, const char *file, const char *what)
{
        unsigned long error = ERR_peek_last_error();
        if (ERR_SYSTEM_ERROR(error))
                return complain(complaint, file, strerror(ERR_GET_REASON(error)));
        /* The system's word lies beneath those of the layers above it. */
        error = ERR_peek_error();
        if (ERR_SYSTEM_ERROR(error))
                return complain(complaint, file, strerror(ERR_GET_REASON(error)));
        return complain(complaint, file, what);
}

/* Nobody is there to type a password. */
static int no_password(char *buffer, int size, int writing, void *context)
{
        (void)buffer, (void)size, (void)writing;
        *(bool *)context = true;
        return -1;
}

static int use_key(SSL_CTX *ssl, const struct tls_pair *pair, struct tls_complaint *complaint)
{
        bool encrypted = false;
        SSL_CTX_set_default_passwd_cb(ssl, no_password);
        SSL_CTX_set_default_passwd_cb_userdata(ssl, &encrypted);
        int good = SSL_CTX_use_PrivateKey_file(ssl, pair->key, SSL_FILETYPE_PEM);
        SSL_CTX_set_default_passwd_cb(ssl, NULL);
        SSL_CTX_set_default_passwd_cb_userdata(ssl, NULL);
        if (good == 1)
                return 0;
        if (encrypted)
                return complain(complaint, pair->key,
                                "the key is encrypted; 'openssl pkey -in FILE' decrypts it");
        if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
            ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH) {
                char text[400];
                (void)snprintf(text, sizeof(text), "it is not the key of the certificate in '%s'",
                               pair->certificate);
                return complain(complaint, pair->key, text);
        }
        return complain_of(complaint, pair->key, "no private key in PEM");
}

/* ---- OCSP: RFC 6066 8 ---- */

struct ocsp {
        long length;
        unsigned char bytes[OCSP_MAX];
};

static int give_ocsp(SSL *ssl, void *argument)
{
        const struct ocsp *ocsp = argument;
        unsigned char *copy = OPENSSL_memdup(ocsp->bytes, (size_t)ocsp->length);
        if (!copy)
                return SSL_TLSEXT_ERR_NOACK;
        (void)SSL_set_tlsext_status_ocsp_resp(ssl, copy, ocsp->length);
        return SSL_TLSEXT_ERR_OK;
}

static void free_ocsp(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long argument,
                      void *more)
{
        (void)parent, (void)data, (void)index, (void)argument, (void)more;
        free(pointer);
}

static int use_ocsp(SSL_CTX *ssl, const char *file, struct tls_complaint *complaint)
{
        static int index = -1;
        struct ocsp *ocsp = malloc(sizeof(*ocsp));
        FILE *stream = fopen(file, "re");
        int error = errno;

        if (index < 0)
                index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_ocsp);
        if (!ocsp || index < 0 || (stream && SSL_CTX_set_ex_data(ssl, index, ocsp) != 1)) {
                free(ocsp);
                if (stream)
                        (void)fclose(stream);
                return -ENOMEM;
        }
        if (!stream) {
                free(ocsp);
                return complain(complaint, file, strerror(error));
        }
        ocsp->length = (long)fread(ocsp->bytes, 1, sizeof(ocsp->bytes), stream);
        bool whole = feof(stream) && ocsp->length > 0;
        (void)fclose(stream);
        /* A sequence, whose length takes two more bytes. */
        if (!whole || ocsp->bytes[0] != 0x30)
                return complain(complaint, file, "no answer of OCSP in DER");
        (void)SSL_CTX_set_tlsext_status_cb(ssl, give_ocsp);
        (void)SSL_CTX_set_tlsext_status_arg(ssl, ocsp);
        return 0;
}

/* ---- All of it ---- */

int tls_certificate_use(SSL_CTX *ssl, const struct tls_pair *pair, struct tls_complaint *complaint)
{
        ERR_clear_error();
        if (SSL_CTX_use_certificate_chain_file(ssl, pair->certificate) != 1)
                return complain_of(complaint, pair->certificate, "no certificate in PEM");
        int r = use_key(ssl, pair, complaint);
        return r == 0 && pair->ocsp ? use_ocsp(ssl, pair->ocsp, complaint) : r;
}

int tls_certificate_ask(SSL_CTX *ssl, const char *file, struct tls_complaint *complaint)
{
        ERR_clear_error();
        STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);
        if (!names || SSL_CTX_load_verify_file(ssl, file) != 1) {
                sk_X509_NAME_pop_free(names, X509_NAME_free);
                return complain_of(complaint, file, "no certificate in PEM");
        }
        SSL_CTX_set_client_CA_list(ssl, names);
        SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        return 0;
}
