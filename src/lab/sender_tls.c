#include "lab/sender_tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lab/protocol.h"
#include "net/ktls.h"
#include "net/openssl.h"
#include "sluice.h"

/* RFC 8446 5.2 */
#define RECORD_HEAD 5
#define RECORD_MAX (RECORD_HEAD + (1 << 14) + 256)

/* The kernel is asked once for all cases. */
static const char *kernel_why_not(void)
{
        static const char *why_not;
        static bool asked;
        if (!asked)
                why_not = ktls_why_not();
        asked = true;
        return why_not;
}

void sender_tls_reword(char *reason, size_t size)
{
        static const char word[] = "a sink";
        char rest[LAB_LABEL_SIZE];
        char *found = strstr(reason, word);

        if (!found)
                return;
        (void)snprintf(rest, sizeof(rest), "%s", found + strlen(word));
        (void)snprintf(found, size - (size_t)(found - reason), "OpenSSL%s", rest);
}

const char *sender_tls_why_not(const struct lab_setting *setting, int file_fd)
{
        const char *why_not = NULL;
        sluice_facts *facts;

        if (setting->tls == LAB_PLAIN)
                return NULL;
        if (openssl_load(&why_not) < 0)
                return why_not;
        if (setting->receiver == LAB_DISCARD)
                return "who throws encrypted bytes away does not know how many were sent";
        if (setting->path == LAB_UNIX && setting->tls == LAB_KERNEL_TLS)
                return "the kernel encrypts what TCP carries only";
        if (setting->tls == LAB_KERNEL_TLS)
                return kernel_why_not();
        if (sluice_facts_probe_sink(&facts, file_fd) < 0)
                return "nothing can be known of the file";
        if (sluice_method_supported(sluice_method_find(setting->method), facts, &why_not))
                why_not = NULL;
        sluice_facts_free(facts);
        return why_not;
}

int sender_tls_prepare(struct tls_context **ret_context, const struct lab_setting *setting)
{
        struct tls_complaint complaint;
        const struct tls_options options = {
                .only_1_3 = true,
                .no_ktls = setting->tls != LAB_KERNEL_TLS,
        };
        return tls_context_new(ret_context, &options, &complaint);
}

/* One record and no byte behind it: that one epoll(7) shall see. */
static int read_record(int fd, unsigned char record[static RECORD_MAX], size_t *ret_length)
{
        int r = protocol_read(fd, record, RECORD_HEAD);
        if (r < 0)
                return r;
        size_t length = (size_t)record[3] << 8 | record[4];
        if (length > RECORD_MAX - RECORD_HEAD)
                return -EPROTO;
        r = protocol_read(fd, record + RECORD_HEAD, length);
        if (r == 0)
                *ret_length = RECORD_HEAD + length;
        return r;
}

int sender_tls_open(struct tls **ret_tls, struct tls_context *context,
                    const struct lab_setting *setting, int fd)
{
        unsigned char record[RECORD_MAX];
        struct tls *tls;
        int r = tls_new(&tls, context, fd);
        if (r < 0)
                return r;
        while ((r = tls_handshake(tls)) == -EAGAIN) {
                size_t length = 0;
                r = read_record(fd, record, &length);
                if (r < 0)
                        break;
                tls_input(tls, (const char *)record, length);
        }
        if (r == 0 && tls_is_by_kernel(tls) != (setting->tls == LAB_KERNEL_TLS))
                r = -EOPNOTSUPP;
        if (r == 0)
                *ret_tls = tls;
        else
                tls_free(tls);
        return r;
}

int sender_tls_read(struct tls *tls, int fd, void *message, size_t length, uint64_t *calls)
{
        char records[512]; /* of a request of some bytes */
        for (;;) {
                const char *plain;
                ssize_t n = tls_read(tls, &plain);
                if (n == (ssize_t)length && !tls_has_input(tls)) {
                        memcpy(message, plain, length);
                        return 0;
                }
                if (n >= 0)
                        return n == 0 ? -ECONNRESET : -EPROTO;
                if (n != -EAGAIN)
                        return (int)n;
                ++*calls;
                n = recv(fd, records, sizeof(records), 0);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n == 0 ? -ECONNRESET : errno == EAGAIN ? -ETIMEDOUT : -errno;
                tls_input(tls, records, (size_t)n);
        }
}
