#include "serve/endpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "net/listener.h"

#define PORTS_TRIED 100

/* Every address of the machine. */
static const char *const everywhere[] = {"0.0.0.0", "::"};

static int *fd_at(struct endpoints *e, size_t worker, size_t address)
{
        return &e->fds[worker * SERVE_BINDS_MAX + address];
}

static void close_fds(struct endpoints *e)
{
        for (size_t i = 0; i < e->worker_count * SERVE_BINDS_MAX; i++)
                fd_close(&e->fds[i]);
}

void endpoints_close(struct endpoints *e)
{
        close_fds(e);
        for (size_t i = 0; i < e->count; i++)
                listener_remove(&e->addresses[i]);
        free(e->fds);
        *e = (struct endpoints){0};
}

/* SO_REUSEPORT would let a second server of the same user share the port, and
 * the clients, without a word. A socket without it tells. */
static int check_is_free(const struct address *address)
{
        const struct listener_options alone = {0};
        cleanup_fd int fd = -1;
        return address_port(address) == 0 ? 0 : listener_open(address, &alone, &fd);
}

/* The first worker's socket decides the port; a unix socket is one for all. */
static int open_address(struct endpoints *e, size_t index, const char *congestion)
{
        struct address *address = &e->addresses[index];
        const struct listener_options options = {.share_port = true, .congestion = congestion};

        int r = check_is_free(address);
        if (r == 0)
                r = listener_open(address, &options, fd_at(e, 0, index));
        if (r == 0 && !address_is_unix(address))
                r = listener_address(*fd_at(e, 0, index), address);

        for (size_t worker = 1; worker < e->worker_count && r == 0; worker++) {
                int *fd = fd_at(e, worker, index);
                if (!address_is_unix(address)) {
                        r = listener_open(address, &options, fd);
                        continue;
                }
                *fd = fcntl(*fd_at(e, 0, index), F_DUPFD_CLOEXEC, 0);
                if (*fd < 0)
                        r = -errno;
        }
        return r;
}

static int open_on_port(struct endpoints *e, const char *const binds[], size_t bind_count,
                        uint16_t port, const char *congestion, bool is_default,
                        const char **ret_culprit)
{
        e->count = 0;
        for (size_t i = 0; i < bind_count; i++) {
                struct address *address = &e->addresses[e->count];
                *ret_culprit = binds[i];
                int r = address_parse(address, binds[i], port);
                if (r < 0)
                        return r;
                /* All on the port that the first one got. */
                if (port == 0 && e->count > 0 && !address_is_unix(address))
                        address_set_port(address, address_port(&e->addresses[0]));
                e->count++;
                r = open_address(e, e->count - 1, congestion);
                /* A machine without IPv6 is none the worse. */
                if (is_default && i > 0 && (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL)) {
                        e->count--;
                        continue;
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

int endpoints_open(struct endpoints *ret_endpoints, const struct serve_options *options,
                   size_t worker_count, const char *congestion, bool next_port,
                   const char **ret_culprit)
{
        bool is_default = options->bind_count == 0;
        const char *const *binds = is_default ? everywhere : options->binds;
        size_t bind_count =
                is_default ? sizeof(everywhere) / sizeof(everywhere[0]) : options->bind_count;
        struct endpoints e = {.worker_count = worker_count};

        const size_t fds_size = worker_count * SERVE_BINDS_MAX * sizeof(e.fds[0]);
        e.fds = malloc(fds_size);
        if (!e.fds)
                return -ENOMEM;
        int r = -EADDRINUSE;
        for (unsigned i = 0; r == -EADDRINUSE && i <= (next_port ? PORTS_TRIED : 0); i++) {
                uint64_t port = options->port + i;
                if (port > UINT16_MAX)
                        break;
                memset(e.fds, 0xff, fds_size);
                r = open_on_port(&e, binds, bind_count, (uint16_t)port, congestion, is_default,
                                 ret_culprit);
                if (r < 0)
                        close_fds(&e);
        }
        if (r < 0) {
                free(e.fds);
                return r;
        }
        *ret_endpoints = e;
        return 0;
}
