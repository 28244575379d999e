#include "serve/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/on_demand.h"
#include "net/tls_context.h"
#include "serve/access_log.h"
#include "serve/admin.h"
#include "serve/banner.h"
#include "serve/control.h"
#include "serve/descriptors.h"
#include "serve/listing_store.h"
#include "serve/log_files.h"
#include "serve/privileges.h"
#include "serve/sandbox.h"
#include "serve/secure.h"
#include "serve/signals.h"
#include "serve/worker.h"

#define DISK_QUEUE_MAX 4096
#define DISK_PATIENCE_MS 2000
#define LISTING_THREADS_SHARE 4U

struct server {
        struct service service;
        struct endpoints *endpoints;
        int control;
        int signals; /* a signalfd(2) */
        int logs[LOG_STREAMS]; /* until the log's thread has them */
        bool keeps[LOG_STREAMS]; /* that one */
        int ended_fd; /* an eventfd(2): workers that have ended */
        int alive_fd; /* an eventfd(2): workers that have answered */
        uint64_t alive; /* of those asked, have answered */
        bool asked; /* the keeper wants to know */
        struct worker **workers;
        struct metrics **metrics; /* the workers' */
        struct admin *admin; /* NULL: none is wanted */
        size_t worker_count; /* opened */
        size_t running;
        bool draining;
        bool stopping;
};

int server_complain(const char *what, const char *detail, int error)
{
        (void)fprintf(stderr, "sluice: %s%s%s%s: %s\n", what, detail ? " '" : "",
                      detail ? detail : "", detail ? "'" : "", strerror(-error));
        return error;
}

int server_open_library(const char *option, int (*load)(const char **ret_error))
{
        const char *error;
        int r = load(&error);
        if (r < 0)
                (void)fprintf(stderr, "sluice: %s needs a library: %s" ON_DEMAND_REMEDY "\n",
                              option, error);
        return r;
}

/* A folder is read by few threads, so that many large ones leave most to files. */
static int open_listings(struct service *service)
{
        const struct serve_options *options = service->options;
        const struct listing_limits limits = {
                .bytes = options->listing_bytes,
                .valid_ns = options->cache_valid_ms * NS_PER_MS,
                .running = options->disk_threads < UINT64_C(2) * LISTING_THREADS_SHARE
                                   ? 1
                                   : (unsigned)options->disk_threads / LISTING_THREADS_SHARE,
        };
        return listing_store_new(&service->listings, service->disk_pool, &limits);
}

/* What has to be there before the sandbox is entered. */
static int open_workers(struct server *server)
{
        size_t count = server->endpoints->worker_count, per_worker = server->endpoints->count;
        int r = 0;

        server->workers = calloc(count, sizeof(server->workers[0]));
        server->metrics = calloc(count, sizeof(server->metrics[0]));
        if (!server->workers || !server->metrics)
                r = -ENOMEM;
        server->service.workers = server->workers;
        server->service.worker_count = count;
        server->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        server->alive_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (r == 0 && (server->ended_fd < 0 || server->alive_fd < 0))
                r = -errno;
        if (r == 0)
                r = disk_pool_new(&server->service.disk_pool,
                                  (unsigned)server->service.options->disk_threads, DISK_QUEUE_MAX);
        if (r == 0)
                r = open_listings(&server->service);
        for (size_t i = 0; i < count && r == 0; i++) {
                r = worker_new(&server->workers[i], &server->service,
                               &server->endpoints->fds[i * SERVE_BINDS_MAX], per_worker,
                               server->endpoints->secure_count);
                if (r < 0)
                        break;
                server->workers[i]->entrance.lent = server->endpoints->managed;
                server->metrics[server->worker_count++] = &server->workers[i]->metrics;
        }
        return r < 0 ? server_complain("cannot start", NULL, r) : 0;
}

static int enter_sandbox(const struct service *service, char described[static SANDBOX_TEXT_SIZE])
{
        const struct root **roots = calloc(service->site_count, sizeof(*roots));
        struct sandbox_needs needs = {.roots = roots};

        if (!roots)
                return server_complain("cannot start", NULL, -ENOMEM);
        for (size_t i = 0; i < service->site_count; i++) {
                const struct site *site = &service->sites[i];
                if (site->absent)
                        continue;
                roots[needs.root_count++] = &site->root;
                needs.io_uring |= strcmp(sluice_method_name(site->method), "uring") == 0;
        }
        int r = sandbox_obey(service->options->sandbox, &needs, described);
        free(roots);
        return r;
}

static int start_threads(struct server *server)
{
        const struct serve_options *options = server->service.options;
        const char *const names[] = {options->access_log, options->error_log};
        int r = access_log_open(&server->service.log, server->logs, names,
                                log_files_is_syslog(options));
        for (size_t i = 0; i < server->worker_count && r == 0; i++) {
                r = worker_start(server->workers[i], server->ended_fd);
                if (r == 0)
                        server->running++;
        }
        if (r == 0 && server->endpoints->admin_fd >= 0)
                r = admin_open(&server->admin, &server->endpoints->admin_fd, server->metrics,
                               server->worker_count, server->service.log);
        return r < 0 ? server_complain("cannot start", NULL, r) : 0;
}

/* From here on complaints, and those of the C library, go to the error log. */
static void redirect_errors(int fd)
{
        if (fd >= 0)
                (void)dup3(fd, STDERR_FILENO, 0);
}

static int start(struct server *server, const struct serve_options *options, int ticket_keys)
{
        const int errors = server->logs[LOG_ERROR];
        struct text banner = {0};
        char sandbox[SANDBOX_TEXT_SIZE];

        struct tls_context *tls = NULL;
        int r = secure_open(&tls, options, ticket_keys);
        /* It could be written to. */
        fd_close(&ticket_keys);
        if (r < 0)
                return r;
        r = privileges_drop(options->user);
        if (r < 0) {
                tls_context_free(tls);
                return server_complain("cannot become", options->user, r);
        }
        secure_memory(tls);
        r = service_open(&server->service, options, server->endpoints->worker_count, tls);
        server->service.https_port = address_port(&server->endpoints->addresses[0]);
        server->service.logs_access = server->keeps[LOG_ACCESS];
        server->service.keeps_time |= server->service.logs_access;
        if (r == 0)
                r = open_workers(server);
        /* Which asks the kernel for addresses: not from within the sandbox. */
        if (r == 0 && !options->quiet)
                banner_write(&banner, &server->service, server->endpoints);
        if (r == 0)
                r = enter_sandbox(&server->service, sandbox);
        if (r == 0)
                r = start_threads(server);
        if (r == 0 && !options->quiet)
                banner_print(&banner, sandbox, server->endpoints->worker_count);
        if (r == 0)
                redirect_errors(errors);
        text_done(&banner);
        return r;
}

/* ---- Orders ---- */

/* There may be threads that still use all this. One that waits for some kinds of disks
 * keeps the process even past SIGKILL, and what is open: no address and no peer is to
 * wait, too. */
static _Noreturn void leave(const struct server *server, int code)
{
        descriptors_close_sockets(server->service.descriptors.limit, server->control);
        (void)!control_send(server->control, CONTROL_LEAVE, NULL, 0);
        _exit(code);
}

static void stop_workers(struct server *server)
{
        /* The second time, or when nothing runs any more, it is meant. */
        if (server->stopping)
                leave(server, 128 + SIGTERM);
        server->stopping = true;
        for (size_t i = 0; i < server->running; i++)
                worker_stop(server->workers[i]);
}

static void drain_workers(struct server *server)
{
        /* Every reload says it to all former processes. */
        if (server->draining || server->stopping)
                return;
        server->draining = true;
        /* Its successor answers there now. */
        admin_close(server->admin);
        server->admin = NULL;
        for (size_t i = 0; i < server->running; i++)
                worker_drain(server->workers[i]);
}

/* A worker that hangs does not answer, and the keeper hears nothing. */
static void ask_workers(struct server *server)
{
        if (server->asked || server->draining || server->stopping)
                return;
        server->asked = true;
        server->alive = 0;
        for (size_t i = 0; i < server->running; i++)
                worker_ping(server->workers[i], server->alive_fd);
}

static void hear_workers(struct server *server)
{
        uint64_t more;
        if (read(server->alive_fd, &more, sizeof(more)) < 0)
                return;
        server->alive += more;
        if (server->alive < server->running)
                return;
        server->asked = false;
        (void)!control_send(server->control, CONTROL_ALIVE, NULL, 0);
}

static void take_logs(struct server *server, int fds[static CONTROL_FDS_MAX], size_t count)
{
        size_t next = 0;
        int logs[LOG_STREAMS];

        /* Those that are kept, in order. */
        for (int i = 0; i < LOG_STREAMS; i++)
                logs[i] = server->keeps[i] && next < count ? fd_take(&fds[next++]) : -1;
        redirect_errors(logs[LOG_ERROR]);
        access_log_reopen(server->service.log, logs);
}

/* False: the keeper is gone. */
static bool obey(struct server *server)
{
        int fds[CONTROL_FDS_MAX];
        size_t count;

        switch (control_receive(server->control, fds, &count)) {
        case CONTROL_STOP:
                stop_workers(server);
                break;
        case CONTROL_DRAIN:
                drain_workers(server);
                break;
        case CONTROL_LOGS:
                take_logs(server, fds, count);
                break;
        case CONTROL_PING:
                ask_workers(server);
                break;
        case CONTROL_END:
                if (!server->stopping)
                        stop_workers(server);
                return false;
        default:
                break;
        }
        for (size_t i = 0; i < count; i++)
                fd_close(&fds[i]);
        return true;
}

/* Until every worker has ended. */
static void follow_orders(struct server *server)
{
        struct pollfd wait[] = {
                {.fd = server->control, .events = POLLIN},
                {.fd = server->ended_fd, .events = POLLIN},
                {.fd = server->alive_fd, .events = POLLIN},
                {.fd = server->signals, .events = POLLIN},
        };
        uint64_t ended = 0, more;

        while (ended < server->running) {
                if (poll(wait, sizeof(wait) / sizeof(wait[0]), -1) < 0 && errno != EINTR)
                        abort();
                if (wait[0].revents && !obey(server))
                        wait[0].fd = -1;
                if (wait[1].revents && read(server->ended_fd, &more, sizeof(more)) > 0)
                        ended += more;
                if (wait[2].revents)
                        hear_workers(server);
                if (wait[3].revents)
                        signals_pass_on(server->signals, server->control);
        }
}

/* False: a task of a disk that does not answer still uses its worker and the service,
 * or a file is open whose closing may wait. Those must last until the process's end,
 * which tidies up. */
static bool stop(struct server *server)
{
        admin_close(server->admin);
        for (size_t i = 0; i < server->running; i++)
                worker_join(server->workers[i]);

        bool quiet = disk_pool_free(server->service.disk_pool, DISK_PATIENCE_MS);
        for (size_t i = 0; i < server->running; i++)
                quiet = quiet && !worker_waits_to_close(server->workers[i]);
        if (quiet) {
                for (size_t i = 0; i < server->worker_count; i++)
                        quiet = worker_free(server->workers[i]) && quiet;
                free(server->workers);
                free(server->metrics);
                listing_store_free(server->service.listings);
                service_close(&server->service);
        }
        (void)access_log_close(server->service.log);
        log_files_close(server->logs);
        endpoints_close(server->endpoints);
        fd_close(&server->ended_fd);
        fd_close(&server->alive_fd);
        fd_close(&server->signals);
        return quiet;
}

int server_run(const struct serve_options *options, struct endpoints *endpoints,
               int logs[static LOG_STREAMS], int control, int ticket_keys)
{
        struct server server = {
                .endpoints = endpoints,
                .control = control,
                .signals = -1,
                .ended_fd = -1,
                .alive_fd = -1,
        };

        for (int i = 0; i < LOG_STREAMS; i++) {
                server.keeps[i] = logs[i] >= 0;
                server.logs[i] = fd_take(&logs[i]);
        }
        descriptors_raise_limit();
        /* sendfile(2) and splice(2) have no MSG_NOSIGNAL. */
        (void)signal(SIGPIPE, SIG_IGN);
        int r = signals_open_serving(&server.signals);
        if (r < 0)
                (void)server_complain("cannot start", NULL, r);
        else
                r = start(&server, options, ticket_keys);
        if (r == 0)
                r = control_send(control, CONTROL_READY, NULL, 0);
        if (r < 0) {
                server.stopping = false;
                if (server.running > 0)
                        stop_workers(&server);
        } else {
                follow_orders(&server);
        }
        int code = r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (!stop(&server))
                leave(&server, code);
        return code;
}
