#include "net/tls_self_signed.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "net/address.h"
#include "net/openssl.h"

#define DAYS 365L /* browsers refuse longer ones */
#define LEAST_DAYS 7L
#define SECONDS_A_DAY (24L * 3600)

static int complain(struct tls_complaint *complaint, const char *path, int error)
{
        (void)snprintf(complaint->text, sizeof(complaint->text),
                       "cannot keep a certificate in '%.400s': %s", path, strerror(error));
        return -EINVAL;
}

/* The folder, and those above it. */
static int make_folders(const char *folder)
{
        char path[4096];
        if (strlen(folder) >= sizeof(path))
                return -ENAMETOOLONG;
        (void)snprintf(path, sizeof(path), "%s", folder);
        for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                if (mkdir(path, 0755) < 0 && errno != EEXIST)
                        return -errno;
                *slash = '/';
        }
        return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* ---- Making ---- */

static void add_addresses(struct text *names)
{
        struct ifaddrs *list;
        if (getifaddrs(&list) < 0)
                return;
        for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
                char host[ADDRESS_TEXT_SIZE];
                struct address address = {0};
                int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
                if (family == AF_INET)
                        address.length = sizeof(struct sockaddr_in);
                else if (family == AF_INET6)
                        address.length = sizeof(struct sockaddr_in6);
                else
                        continue;
                memcpy(&address.storage, i->ifa_addr, address.length);
                text_printf(names, ",IP:%s", address_host(&address, host));
        }
        freeifaddrs(list);
}

static X509_EXTENSION *alternative_names(void)
{
        struct text names = {0};
        char host[256] = "";

        text_puts(&names, "DNS:localhost");
        if (gethostname(host, sizeof(host) - 1) == 0 && host[0] &&
            strspn(host, "0123456789"
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.") == strlen(host))
                text_printf(&names, ",DNS:%s", host);
        add_addresses(&names);
        text_append(&names, (struct span){"", 1});
        X509_EXTENSION *extension =
                names.failed ? NULL
                             : X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names.data);
        text_done(&names);
        return extension;
}

static bool add_extension(X509 *certificate, X509_EXTENSION *extension)
{
        bool good = extension && X509_add_ext(certificate, extension, -1) == 1;
        X509_EXTENSION_free(extension);
        return good;
}

static bool fill_in(X509 *certificate, EVP_PKEY *key)
{
        unsigned char serial[16];
        X509_NAME *name = X509_get_subject_name(certificate);
        BIGNUM *number = NULL;

        if (RAND_bytes(serial, sizeof(serial)) != 1)
                return false;
        serial[0] &= 0x7f; /* a positive number */
        number = BN_bin2bn(serial, sizeof(serial), NULL);
        bool good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) &&
                    X509_set_version(certificate, X509_VERSION_3) == 1 &&
                    X509_gmtime_adj(X509_getm_notBefore(certificate), -SECONDS_A_DAY) &&
                    X509_gmtime_adj(X509_getm_notAfter(certificate), DAYS * SECONDS_A_DAY) &&
                    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                               (const unsigned char *)"sluice, for development", -1,
                                               -1, 0) == 1 &&
                    X509_set_issuer_name(certificate, name) == 1 &&
                    X509_set_pubkey(certificate, key) == 1 &&
                    add_extension(certificate, alternative_names()) &&
                    add_extension(certificate, X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage,
                                                                   "serverAuth")) &&
                    X509_sign(certificate, key, EVP_sha256()) > 0;
        BN_free(number);
        return good;
}

static FILE *create(const char *path, mode_t mode)
{
        (void)unlink(path);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");
        if (!stream && fd >= 0)
                (void)close(fd);
        return stream;
}

static int write_files(const struct tls_self_signed *files, X509 *certificate, EVP_PKEY *key)
{
        FILE *key_file = create(files->key, 0600);
        FILE *certificate_file = key_file ? create(files->certificate, 0644) : NULL;
        int r = certificate_file ? 0 : -errno;

        if (r == 0 && (PEM_write_PKCS8PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL) != 1 ||
                       PEM_write_X509(certificate_file, certificate) != 1))
                r = -EIO;
        if (key_file && fclose(key_file) != 0 && r == 0)
                r = -errno;
        if (certificate_file && fclose(certificate_file) != 0 && r == 0)
                r = -errno;
        return r;
}

static EVP_PKEY *make_key(void)
{
        EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
        EVP_PKEY *key = NULL;

        if (maker && EVP_PKEY_keygen_init(maker) == 1 &&
            EVP_PKEY_CTX_set_group_name(maker, "P-256") == 1)
                (void)EVP_PKEY_generate(maker, &key);
        EVP_PKEY_CTX_free(maker);
        return key;
}

int tls_self_signed_use(SSL_CTX *ssl)
{
        EVP_PKEY *key = make_key();
        X509 *certificate = X509_new();
        bool good = key && certificate && fill_in(certificate, key) &&
                    SSL_CTX_use_certificate(ssl, certificate) == 1 &&
                    SSL_CTX_use_PrivateKey(ssl, key) == 1;

        X509_free(certificate);
        EVP_PKEY_free(key);
        ERR_clear_error();
        return good ? 0 : -ENOMEM;
}

static int make(const struct tls_self_signed *files, struct tls_complaint *complaint)
{
        EVP_PKEY *key = make_key();
        X509 *certificate = X509_new();
        int r = -ENOMEM;

        if (key && certificate && fill_in(certificate, key)) {
                r = write_files(files, certificate, key);
                if (r < 0)
                        r = complain(complaint, files->key, -r);
        }
        X509_free(certificate);
        EVP_PKEY_free(key);
        ERR_clear_error();
        return r;
}

/* ---- Taking ---- */

static bool is_good(const struct tls_self_signed *files)
{
        time_t soon = time(NULL) + LEAST_DAYS * SECONDS_A_DAY;
        FILE *stream = fopen(files->certificate, "re");
        X509 *certificate = stream ? PEM_read_X509(stream, NULL, NULL, NULL) : NULL;
        bool good = certificate && access(files->key, R_OK) == 0 &&
                    X509_cmp_time(X509_get0_notAfter(certificate), &soon) > 0;
        X509_free(certificate);
        if (stream)
                (void)fclose(stream);
        ERR_clear_error();
        return good;
}

int tls_self_signed_get(struct tls_self_signed *ret_files, const char *folder,
                        struct tls_complaint *complaint)
{
        int r = openssl_need(complaint);
        if (r < 0)
                return r;
        r = make_folders(folder);
        if (r < 0)
                return complain(complaint, folder, -r);
        int certificate = snprintf(ret_files->certificate, sizeof(ret_files->certificate),
                                   "%s/self-signed.crt", folder);
        int key = snprintf(ret_files->key, sizeof(ret_files->key), "%s/self-signed.key", folder);
        if (certificate >= (int)sizeof(ret_files->certificate) ||
            key >= (int)sizeof(ret_files->key))
                return complain(complaint, folder, ENAMETOOLONG);
        return is_good(ret_files) ? 0 : make(ret_files, complaint);
}
