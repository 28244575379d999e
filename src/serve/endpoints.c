#include "serve/endpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "net/listener.h"
#include "serve/admin.h"
#include "serve/secure.h"

#define PORTS_TRIED 100

/* Every address of the machine. */
static const char *const everywhere[] = {"0.0.0.0", "::"};

static const char *const *binds_of(const struct serve_options *options, size_t *ret_count)
{
        bool given = options->bind_count > 0;
        *ret_count = given ? options->bind_count : sizeof(everywhere) / sizeof(everywhere[0]);
        return given ? options->binds : everywhere;
}

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
        if (e->fds)
                close_fds(e);
        free(e->fds);
        fd_close(&e->admin_fd);
        *e = (struct endpoints){.admin_fd = -1};
}

void endpoints_remove(const struct endpoints *e)
{
        for (size_t i = 0; i < e->count && !e->managed; i++)
                listener_remove(&e->addresses[i]);
        if (e->admin_fd >= 0)
                listener_remove(&e->admin);
}

void endpoints_lend(const struct endpoints *e, struct inheritance *inheritance)
{
        inheritance->managed = e->managed;
        inheritance->worker_count = e->worker_count;
        for (size_t i = 0; e->fds && i < e->worker_count * SERVE_BINDS_MAX; i++)
                if (e->fds[i] >= 0 && inheritance->fd_count < INHERITANCE_FDS_MAX)
                        inheritance->fds[inheritance->fd_count++] = e->fds[i];
        if (e->admin_fd >= 0 && inheritance->fd_count < INHERITANCE_FDS_MAX)
                inheritance->fds[inheritance->fd_count++] = e->admin_fd;
}

/* ---- Addresses ---- */

bool endpoints_has_port(const char *text)
{
        struct address address;
        return address_parse_whole(&address, text) == 0 && !address_is_unix(&address);
}

int endpoints_parse(struct address *ret_address, const char *text, uint16_t port)
{
        int r = address_parse_whole(ret_address, text);
        return r == -EINVAL ? address_parse(ret_address, text, port) : r;
}

bool endpoints_overlap(const struct serve_options *options, const char *text, const char *other)
{
        const uint16_t port = (uint16_t)options->port;
        struct address a, b;

        if (endpoints_parse(&a, text, port) < 0 || endpoints_parse(&b, other, port) < 0)
                return false;
        /* Each ":0" gets a port of its own; those of --port 0 get one together. */
        if (address_port(&a) == 0 && (endpoints_has_port(text) || endpoints_has_port(other)))
                return false;
        if (address_is_same(&a, &b))
                return true;
        return a.storage.ss_family == b.storage.ss_family && !address_is_unix(&a) &&
               address_port(&a) == address_port(&b) && (address_is_any(&a) || address_is_any(&b));
}

const char *endpoints_congestion(const struct serve_options *options)
{
        return strcmp(options->congestion, "auto") == 0 ? NULL : options->congestion;
}

/* ---- What is there already ---- */

static int duplicate(struct endpoints *e, size_t worker, size_t index)
{
        int *fd = fd_at(e, worker, index);
        *fd = fcntl(*fd_at(e, 0, index), F_DUPFD_CLOEXEC, 0);
        return *fd < 0 ? -errno : 0;
}

/* All that a service manager has opened, and nothing else. */
static int take_managed(struct endpoints *e, struct inheritance *inheritance)
{
        int r = 0;
        e->managed = true;
        for (size_t i = 0; i < inheritance->fd_count && e->count < SERVE_BINDS_MAX && r == 0; i++) {
                if (inheritance->fds[i] < 0)
                        continue;
                size_t index = e->count;
                struct address *address = &e->addresses[index];
                r = listener_address(inheritance->fds[i], address);
                if (r < 0)
                        break;
                /* Not every manager makes them so; our loop wants it. */
                (void)fcntl(inheritance->fds[i], F_SETFL, O_RDWR | O_NONBLOCK);
                *fd_at(e, 0, index) = fd_take(&inheritance->fds[i]);
                e->count++;
                for (size_t worker = 1; worker < e->worker_count && r == 0; worker++) {
                        int *fd = fd_at(e, worker, index);
                        *fd = inheritance_take(inheritance, address, false);
                        if (*fd < 0)
                                r = duplicate(e, worker, index);
                }
        }
        return r;
}

/* ---- Opening ---- */

/* SO_REUSEPORT would let a second server of the same user share the port, and
 * the clients, without a word. A socket without it tells. */
static int check_is_free(const struct address *address)
{
        const struct listener_options alone = {0};
        cleanup_fd int fd = -1;
        return address_port(address) == 0 ? 0 : listener_open(address, &alone, &fd);
}

struct opening {
        const struct serve_options *options;
        struct inheritance *inheritance;
        const char *congestion;
        uint16_t port;
        bool is_default; /* no address was asked for */
};

/* The first worker's socket decides the port; a unix socket is one for all. */
static int open_address(struct endpoints *e, size_t index, bool any_port,
                        const struct opening *opening)
{
        struct address *address = &e->addresses[index];
        const struct listener_options options = {
                .share_port = true,
                .congestion = opening->congestion,
                .mode = (mode_t)strtoul(opening->options->socket_mode, NULL, 8),
        };
        int r = 0, *first = fd_at(e, 0, index);

        *first = inheritance_take(opening->inheritance, address, any_port);
        if (*first < 0) {
                r = check_is_free(address);
                if (r == 0)
                        r = listener_open(address, &options, first);
                if (r == 0 && !address_is_unix(address))
                        r = listener_address(*first, address);
        }
        for (size_t worker = 1; worker < e->worker_count && r == 0; worker++) {
                int *fd = fd_at(e, worker, index);
                *fd = inheritance_take(opening->inheritance, address, false);
                if (*fd < 0)
                        r = address_is_unix(address) ? duplicate(e, worker, index)
                                                     : listener_open(address, &options, fd);
        }
        return r;
}

static int open_on_port(struct endpoints *e, const char *const binds[], size_t bind_count,
                        const struct opening *opening, const char **ret_culprit)
{
        const bool port_is_free = !opening->options->port_given || opening->options->port == 0;
        uint16_t port = opening->port;

        e->count = 0;
        for (size_t i = 0; i < bind_count; i++) {
                struct address *address = &e->addresses[e->count];
                const bool own = endpoints_has_port(binds[i]);
                *ret_culprit = binds[i];
                int r = endpoints_parse(address, binds[i], port);
                if (r < 0)
                        return r;
                e->count++;
                r = open_address(e, e->count - 1, own ? address_port(address) == 0 : port_is_free,
                                 opening);
                /* The others are on the port that the first one got. */
                if (r == 0 && !own && !address_is_unix(address))
                        port = address_port(address);
                /* A machine without IPv6 is none the worse. */
                if (opening->is_default && i > 0 && (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL)) {
                        e->count--;
                        continue;
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Where plain HTTP sends its clients to HTTPS. */
static int open_redirects(struct endpoints *e, const struct opening *opening,
                          const char **ret_culprit)
{
        const char *text = opening->options->https_redirect;

        *ret_culprit = text;
        for (size_t i = 0; e->count < SERVE_BINDS_MAX; i++) {
                int r = secure_redirect_address(text, i, &e->addresses[e->count]);
                if (r == -ENOENT)
                        return 0;
                if (r == 0)
                        r = open_address(e, e->count, false, opening);
                /* A machine without IPv6 is none the worse. */
                if (i > 0 && (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL))
                        continue;
                if (r < 0)
                        return r;
                e->count++;
        }
        return -E2BIG;
}

static int open_admin(struct endpoints *e, struct inheritance *inheritance, const char *text,
                      const char **ret_culprit)
{
        const struct listener_options options = {0};

        *ret_culprit = text;
        int r = address_parse_whole(&e->admin, text);
        if (r < 0)
                return r;
        e->admin_fd = inheritance_take(inheritance, &e->admin, address_port(&e->admin) == 0);
        if (e->admin_fd < 0)
                r = listener_open(&e->admin, &options, &e->admin_fd);
        return r == 0 && !address_is_unix(&e->admin) ? listener_address(e->admin_fd, &e->admin) : r;
}

static size_t core_count(void)
{
        cpu_set_t cores;
        int count = sched_getaffinity(0, sizeof(cores), &cores) < 0 ? 1 : CPU_COUNT(&cores);
        return count < 1 ? 1 : (size_t)count;
}

static size_t worker_count(const struct serve_options *options,
                           const struct inheritance *inheritance)
{
        if (inheritance->worker_count)
                return inheritance->worker_count;
        return options->workers ? options->workers : core_count();
}

int endpoints_open(struct endpoints *ret_endpoints, const struct serve_options *options,
                   struct inheritance *inheritance, const char *congestion, bool next_port,
                   const char **ret_culprit)
{
        struct opening opening = {
                .options = options,
                .inheritance = inheritance,
                .congestion = congestion,
                .is_default = options->bind_count == 0,
        };
        size_t bind_count;
        const char *const *binds = binds_of(options, &bind_count);
        struct endpoints e = {
                .admin_fd = -1,
                .worker_count = worker_count(options, inheritance),
        };

        const size_t fds_size = e.worker_count * SERVE_BINDS_MAX * sizeof(e.fds[0]);
        e.fds = malloc(fds_size);
        if (!e.fds)
                return -ENOMEM;
        memset(e.fds, 0xff, fds_size);
        int r = inheritance->managed ? take_managed(&e, inheritance) : -EADDRINUSE;
        for (unsigned i = 0; r == -EADDRINUSE && i <= (next_port ? PORTS_TRIED : 0); i++) {
                if (options->port + i > UINT16_MAX)
                        break;
                opening.port = (uint16_t)(options->port + i);
                memset(e.fds, 0xff, fds_size);
                r = open_on_port(&e, binds, bind_count, &opening, ret_culprit);
                if (r < 0)
                        close_fds(&e);
                if (r < 0 && endpoints_has_port(*ret_culprit))
                        break;
        }
        e.secure_count = e.count;
        if (r == 0 && options->https_redirect && !inheritance->managed)
                r = open_redirects(&e, &opening, ret_culprit);
        if (r == 0 && options->admin)
                r = open_admin(&e, inheritance, options->admin, ret_culprit);
        if (r < 0) {
                endpoints_close(&e);
                return r;
        }
        *ret_endpoints = e;
        return 0;
}

static bool is_among(const struct serve_options *options, const char *const *list, size_t count,
                     const char *text)
{
        for (size_t i = 0; i < count; i++)
                if (list[i] && endpoints_overlap(options, list[i], text))
                        return true;
        return false;
}

int endpoints_check(const struct serve_options *options, const char *congestion,
                    const char **ret_culprit)
{
        size_t count;
        const char *const *binds = binds_of(options, &count);
        const char *const others[] = {options->https_redirect, options->admin};

        for (size_t i = 1; i < count; i++) {
                *ret_culprit = binds[i];
                if (is_among(options, binds, i, *ret_culprit))
                        return -EADDRINUSE;
        }
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                *ret_culprit = others[i];
                if (others[i] && (is_among(options, binds, count, others[i]) ||
                                  is_among(options, others, i, others[i])))
                        return -EADDRINUSE;
        }
        *ret_culprit = NULL;
        return congestion ? listener_check_congestion(congestion) : 0;
}
