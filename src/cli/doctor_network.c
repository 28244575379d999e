/* What this kernel's sockets can do. */
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "cli/doctor_check.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

void doctor_probe_zerocopy(const struct doctor_target *target, const struct doctor_check *check,
                           struct doctor_finding *finding)
{
        cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int on = 1;
        (void)target;
        (void)check;

        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) == 0) {
                doctor_say(finding, DOCTOR_OK, "available");
                return;
        }
        if (errno == EPERM)
                finding->remedy = "let the container's seccomp profile allow setsockopt "
                                  "SO_ZEROCOPY";
        doctor_say(finding, DOCTOR_MISSING, "%s", strerror(errno));
}

/* ---- kTLS ---- */

/* Every cipher's structure begins alike; a key of zeros will do. */
union cipher_key {
        struct tls_crypto_info info;
        struct tls12_crypto_info_aes_gcm_128 aes_gcm_128;
        struct tls12_crypto_info_aes_gcm_256 aes_gcm_256;
        struct tls12_crypto_info_chacha20_poly1305 chacha20_poly1305;
};

static const struct {
        const char *name;
        uint16_t type;
        socklen_t size;
} ciphers[] = {
        {"AES-128-GCM", TLS_CIPHER_AES_GCM_128, sizeof(struct tls12_crypto_info_aes_gcm_128)},
        {"AES-256-GCM", TLS_CIPHER_AES_GCM_256, sizeof(struct tls12_crypto_info_aes_gcm_256)},
        {"CHACHA20-POLY1305", TLS_CIPHER_CHACHA20_POLY1305,
         sizeof(struct tls12_crypto_info_chacha20_poly1305)},
};
#define CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))

/* The module lets itself be attached to a connection. 0 or -errno. */
static int attach_tls(int fd)
{
        return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) < 0 ? -errno : 0;
}

/* 0 or -errno; without the cipher's own module the kernel takes the
 * attachment and refuses the key. */
static int set_key(int fd, size_t cipher)
{
        union cipher_key key = {.info = {TLS_1_3_VERSION, ciphers[cipher].type}};
        return setsockopt(fd, SOL_TLS, TLS_TX, &key, ciphers[cipher].size) < 0 ? -errno : 0;
}

/* *ret_attached: how attach_tls() went. 0 when the cipher can be used. */
static int try_cipher(size_t cipher, int *ret_attached)
{
        int fds[2];
        int r = doctor_loopback(fds);
        if (r < 0)
                return r;
        *ret_attached = r = attach_tls(fds[0]);
        if (r == 0)
                r = set_key(fds[0], cipher);
        fd_close(&fds[0]);
        fd_close(&fds[1]);
        return r;
}

static void say_not_attached(int error, struct doctor_finding *finding)
{
        if (error == -EPERM || error == -EACCES)
                finding->remedy = "let the container's seccomp profile allow setsockopt TCP_ULP";
        else if (error == -ENOPROTOOPT)
                finding->remedy = "Linux 4.13 or newer with CONFIG_TLS";
        doctor_say(finding, DOCTOR_MISSING, "%s%s", strerror(-error),
                   error == -ENOENT ? " (the tls module is not loaded)" : "");
}

void doctor_probe_ktls(const struct doctor_target *target, const struct doctor_check *check,
                       struct doctor_finding *finding)
{
        char taken[100] = "", refused[100] = "";
        int attached = 1; /* not even tried */
        (void)target;
        (void)check;

        for (size_t i = 0; i < CIPHERS; i++) {
                int r = try_cipher(i, &attached);
                if (attached > 0) {
                        doctor_say(finding, DOCTOR_NOTE,
                                   "not tried: no connection over loopback "
                                   "(%s)",
                                   strerror(-r));
                        return;
                }
                if (attached < 0) {
                        say_not_attached(attached, finding);
                        return;
                }
                char *list = r == 0 ? taken : refused;
                size_t length = strlen(list);
                (void)snprintf(list + length, sizeof(taken) - length, "%s%s", length ? ", " : "",
                               ciphers[i].name);
        }
        if (refused[0])
                finding->remedy = "as root: modprobe -a gcm ctr ghash_generic chacha20poly1305";
        doctor_say(finding,
                   !taken[0]    ? DOCTOR_MISSING
                   : refused[0] ? DOCTOR_NOTE
                                : DOCTOR_OK,
                   "%s%s%s%s%s", taken[0] ? "TLS 1.3 with " : "", taken,
                   taken[0] && refused[0] ? "; " : "", refused[0] ? "keys refused: " : "", refused);
}

/* ---- Congestion control ---- */

static int use_congestion_control(const char *name)
{
        cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 ||
            setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)) < 0)
                return -errno;
        return 0;
}

void doctor_probe_congestion(const struct doctor_target *target, const struct doctor_check *check,
                             struct doctor_finding *finding)
{
        static const char folder[] = "/proc/sys/net/ipv4/tcp_";
        char path[80], chosen[32], available[128];
        (void)target;
        (void)check;

        (void)snprintf(path, sizeof(path), "%scongestion_control", folder);
        int r = doctor_read_line(path, chosen, sizeof(chosen));
        if (r == 0) {
                (void)snprintf(path, sizeof(path), "%savailable_congestion_control", folder);
                r = doctor_read_line(path, available, sizeof(available));
        }
        if (r < 0) {
                finding->remedy = NULL;
                doctor_say(finding, DOCTOR_NOTE, "unknown: %s", strerror(-r));
                return;
        }
        if (strncmp(chosen, "bbr", 3) != 0) {
                doctor_say(finding, DOCTOR_OK, "%s (available: %s)", chosen, available);
                return;
        }
        r = use_congestion_control("cubic");
        if (r == 0)
                finding->remedy = NULL;
        doctor_say(finding, DOCTOR_NOTE, "%s (available: %s)%s%s", chosen, available,
                   r < 0 ? "; cubic: " : "", r < 0 ? strerror(-r) : "");
}
