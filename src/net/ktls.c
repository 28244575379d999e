#include "net/ktls.h"

#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

#define RECORD_ALERT 21 /* RFC 8446 5.1 */

int ktls_attach(int fd)
{
        return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) < 0 ? -errno : 0;
}

/* Two ends of a connection over loopback; their owner closes what is not -1. */
static int connect_pair(int ret_fds[2])
{
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        struct sockaddr *any = (struct sockaddr *)&address;
        socklen_t length = sizeof(address);
        cleanup_fd int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        ret_fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (listener < 0 || ret_fds[0] < 0 || bind(listener, any, length) < 0 ||
            listen(listener, 1) < 0 || getsockname(listener, any, &length) < 0 ||
            connect(ret_fds[0], any, length) < 0)
                return -errno;
        ret_fds[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        return ret_fds[1] < 0 ? -errno : 0;
}

/* A key of zeros will do. Without the cipher's own module the kernel takes the
 * attachment and refuses the key. */
static const char *try_on(int fd)
{
        struct tls12_crypto_info_aes_gcm_128 key = {
                .info = {TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128},
        };
        int r = ktls_attach(fd);
        if (r == -ENOENT)
                return "the tls module is not loaded";
        if (r == -ENOPROTOOPT)
                return "the kernel is older than Linux 4.13";
        if (r < 0)
                return "the kernel refuses it (TCP_ULP)";
        if (setsockopt(fd, SOL_TLS, TLS_TX, &key, sizeof(key)) < 0)
                return "the kernel has no AES-128-GCM for it (module gcm)";
        return NULL;
}

const char *ktls_why_not(void)
{
        int fds[2] = {-1, -1};
        const char *why_not = "it could not be tried over loopback";
        if (connect_pair(fds) == 0)
                why_not = try_on(fds[0]);
        fd_close(&fds[0]);
        fd_close(&fds[1]);
        return why_not;
}

void ktls_finish(int fd)
{
        unsigned char close_notify[] = {1, 0};
        union {
                struct cmsghdr head;
                char room[CMSG_SPACE(sizeof(unsigned char))];
        } control = {.head = {
                             .cmsg_level = SOL_TLS,
                             .cmsg_type = TLS_SET_RECORD_TYPE,
                             .cmsg_len = CMSG_LEN(sizeof(unsigned char)),
                     }};
        struct iovec part = {close_notify, sizeof(close_notify)};
        const struct msghdr message = {
                .msg_iov = &part,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        *CMSG_DATA(&control.head) = RECORD_ALERT;
        (void)!sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}
