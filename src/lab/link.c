#include "lab/link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "lab/process.h"
#include "lab/receiver.h"
#include "lab/veth.h"

#define HOST_SIZE 256

static int listen_at(const struct address *wanted, int *ret_fd, struct address *ret_address)
{
        cleanup_fd int fd = socket(wanted->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        ret_address->length = sizeof(ret_address->storage);
        if (bind(fd, (const struct sockaddr *)&wanted->storage, wanted->length) < 0 ||
            listen(fd, PROTOCOL_CONNECTIONS_MAX) < 0 ||
            getsockname(fd, (struct sockaddr *)&ret_address->storage, &ret_address->length) < 0)
                return -errno;
        *ret_fd = fd_take(&fd);
        return 0;
}

/* Listens where the path leads to. In a veth pair: already in the receiver's
 * namespace. */
static int listen_on_path(enum lab_path path, int *ret_fd, struct address *ret_address)
{
        /* No name: the kernel gives an abstract one, unix(7). */
        struct address wanted = {.storage.ss_family = AF_UNIX, .length = sizeof(sa_family_t)};
        int r = 0;

        if (path != LAB_UNIX)
                r = address_parse(&wanted, path == LAB_VETH ? VETH_RECEIVER : "127.0.0.1", 0);
        return r < 0 ? r : listen_at(&wanted, ret_fd, ret_address);
}

static int connect_control(const struct address *address, int *ret_fd)
{
        cleanup_fd int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        int r = protocol_connect(fd, address, PROTOCOL_CONTROL);
        if (r == 0)
                *ret_fd = fd_take(&fd);
        return r;
}

/* ---- Here ---- */

_Noreturn static void run_receiver(int listen_fd, int core)
{
        process_prepare("lab receiver", core);
        _exit(receiver_serve(listen_fd, 0) < 0 ? 1 : 0);
}

static int start_receiver(struct link *link, int core)
{
        cleanup_fd int listen_fd = -1;
        int r = listen_on_path(link->path, &listen_fd, &link->address);
        if (r < 0)
                return r;
        link->receiver = process_fork();
        if (link->receiver == 0)
                run_receiver(listen_fd, core);
        if (link->receiver < 0) {
                link->receiver = 0;
                return -errno;
        }
        return 0;
}

/* The receiver listens in the second namespace, the lab connects from the
 * first; this thread is in its own again afterwards. */
static int open_veth(struct link *link, int core, const char **ret_why_not)
{
        struct veth veth;
        int r = veth_open(&veth, ret_why_not);
        if (r < 0)
                return r;
        r = veth_enter(veth.receiver_fd);
        if (r == 0)
                r = start_receiver(link, core);
        if (r == 0)
                r = veth_enter(veth.sender_fd);
        if (r == 0)
                r = connect_control(&link->address, &link->control_fd);
        int back = veth_enter(veth.own_fd);
        link->namespace_fd = fd_take(&veth.sender_fd);
        veth_close(&veth);
        return r < 0 ? r : back;
}

/* ---- Elsewhere ---- */

/* -EINVAL. Anything beyond a port getaddrinfo(3) would take modulo 65536. */
static int split(const char *to, char host[static HOST_SIZE], const char **ret_port)
{
        const char *colon = strrchr(to, ':');
        uint64_t port;

        if (!colon || colon == to || (size_t)(colon - to) >= HOST_SIZE)
                return -EINVAL;
        if (number_parse(span_of(colon + 1), &port) < 0 || port == 0 || port > UINT16_MAX)
                return -EINVAL;
        /* [::1]:8080 */
        bool bracketed = to[0] == '[' && colon[-1] == ']';
        (void)snprintf(host, HOST_SIZE, "%.*s", (int)(colon - to) - 2 * bracketed, to + bracketed);
        *ret_port = colon + 1;
        return 0;
}

int link_check_to(const char *to)
{
        char host[HOST_SIZE];
        const char *port;
        return split(to, host, &port);
}

static int resolve(struct link *link, const char *to, const char **ret_why_not)
{
        const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
        struct addrinfo *found;
        char host[HOST_SIZE];
        const char *port;

        *ret_why_not = "that is not HOST:PORT";
        if (split(to, host, &port) < 0)
                return -EHOSTUNREACH;
        int r = getaddrinfo(host, port, &hints, &found);
        if (r != 0) {
                *ret_why_not = gai_strerror(r);
                return -EHOSTUNREACH;
        }
        memcpy(&link->address.storage, found->ai_addr, found->ai_addrlen);
        link->address.length = found->ai_addrlen;
        freeaddrinfo(found);
        *ret_why_not = NULL;
        return 0;
}

/* ---- Both ---- */

int link_open(struct link *ret, enum lab_path path, const char *to, int core,
              const char **ret_why_not)
{
        struct link link = {.path = path, .control_fd = -1, .namespace_fd = -1};
        int r;

        *ret_why_not = NULL;
        if (path == LAB_VETH) {
                r = open_veth(&link, core, ret_why_not);
        } else {
                r = path == LAB_REMOTE ? resolve(&link, to, ret_why_not)
                                       : start_receiver(&link, core);
                if (r == 0)
                        r = connect_control(&link.address, &link.control_fd);
        }
        if (r < 0)
                link_close(&link);
        else
                *ret = link;
        return r;
}

void link_close(struct link *link)
{
        if (link->control_fd >= 0)
                (void)shutdown(link->control_fd, SHUT_RDWR);
        fd_close(&link->control_fd);
        fd_close(&link->namespace_fd);
        if (link->receiver > 0) {
                /* It ends with its control connection; if there never was one,
                 * it waits for it. */
                (void)kill(link->receiver, SIGKILL);
                (void)waitpid(link->receiver, NULL, 0);
        }
        link->receiver = 0;
}

int link_send_job(const struct link *link, const struct protocol_job *job)
{
        return protocol_write(link->control_fd, job, sizeof(*job));
}

int link_read_result(const struct link *link, struct protocol_result *ret)
{
        return protocol_read(link->control_fd, ret, sizeof(*ret));
}

const char *link_congestion(void)
{
        static const char *const wanted[] = {"cubic", "reno"};
        const char *found = "";
        cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        for (size_t i = 0; fd >= 0 && !found[0] && i < sizeof(wanted) / sizeof(wanted[0]); i++)
                if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, wanted[i],
                               (socklen_t)strlen(wanted[i])) == 0)
                        found = wanted[i];
        return found;
}
