#include "net/listener.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

/* listen(2) caps it at net.core.somaxconn. */
#define BACKLOG 4096

static int set_flag(int fd, int level, int name)
{
        int on = 1;
        return setsockopt(fd, level, name, &on, sizeof(on)) < 0 ? -errno : 0;
}

static int set_congestion(int fd, const char *name)
{
        return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)) < 0
                       ? -errno
                       : 0;
}

static int set_tcp_options(int fd, const struct address *address,
                           const struct listener_options *options)
{
        int r = set_flag(fd, SOL_SOCKET, SO_REUSEADDR);
        if (r == 0 && options->share_port)
                r = set_flag(fd, SOL_SOCKET, SO_REUSEPORT);
        /* So that "0.0.0.0" and "::" can both be asked for. */
        if (r == 0 && address->storage.ss_family == AF_INET6)
                r = set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY);
        /* Inherited by what is accepted: a call less a connection. */
        if (r == 0)
                r = set_flag(fd, IPPROTO_TCP, TCP_NODELAY);
        if (r == 0 && options->congestion)
                r = set_congestion(fd, options->congestion);
        return r;
}

int listener_check_congestion(const char *name)
{
        cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        return fd < 0 ? -errno : set_congestion(fd, name);
}

/* A server that was killed leaves its socket's file behind. It is stale when
 * nobody answers; anything but a socket is somebody's file and stays. */
static void remove_stale(const struct address *address)
{
        const struct sockaddr_un *un = (const void *)&address->storage;
        struct stat status;
        if (lstat(un->sun_path, &status) < 0 || !S_ISSOCK(status.st_mode))
                return;

        cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && connect(fd, (const struct sockaddr *)un, address->length) < 0 &&
            errno == ECONNREFUSED)
                (void)unlink(un->sun_path);
}

int listener_open(const struct address *address, const struct listener_options *options,
                  int *ret_fd)
{
        cleanup_fd int fd =
                socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (address_is_unix(address)) {
                remove_stale(address);
        } else {
                int r = set_tcp_options(fd, address, options);
                if (r < 0)
                        return r;
        }
        if (bind(fd, (const struct sockaddr *)&address->storage, address->length) < 0)
                return -errno;
        /* Before anybody can connect; the umask would leave out who asks, a proxy say. */
        const struct sockaddr_un *un = (const void *)&address->storage;
        if (address_is_unix(address) && options->mode && chmod(un->sun_path, options->mode) < 0)
                return -errno;
        if (listen(fd, BACKLOG) < 0)
                return -errno;
        *ret_fd = fd_take(&fd);
        return 0;
}

int listener_address(int fd, struct address *ret_address)
{
        struct address address = {.length = sizeof(address.storage)};
        if (getsockname(fd, (struct sockaddr *)&address.storage, &address.length) < 0)
                return -errno;
        *ret_address = address;
        return 0;
}

/* SO_MAX_PACING_RATE, socket(7): inherited by what is accepted, as TCP_NODELAY is. */
void listener_limit_rate(int fd, uint64_t bytes_per_second)
{
        /* One that was handed over may have had a limit. */
        uint64_t rate = bytes_per_second ? bytes_per_second : UINT64_MAX;
        (void)setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof(rate));
}

void listener_close_doors(int fd)
{
        /* Drops what has SYN and no ACK among its flags (RFC 9293 3.1), the 14th byte: so a
         * handshake that has begun is still finished. */
        struct sock_filter only_begun[] = {
                BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
                BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, 0),
                BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        };
        const struct sock_fprog program = {
                .len = sizeof(only_begun) / sizeof(only_begun[0]),
                .filter = only_begun,
        };
        (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

void listener_remove(const struct address *address)
{
        if (address_is_unix(address))
                (void)unlink(
                        ((const struct sockaddr_un *)(const void *)&address->storage)->sun_path);
}
