/* Life of the process: open everything, start the workers, wait for a signal,
 * stop them. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "serve/access_log.h"
#include "serve/banner.h"
#include "serve/worker.h"

#define DISK_QUEUE_MAX 4096
#define DISK_PATIENCE_MS 2000

struct server {
        struct site site;
        struct endpoints endpoints;
        struct worker **workers;
        size_t worker_count; /* opened */
        size_t running;
};

static int complain(const char *what, const char *detail, int error)
{
        (void)fprintf(stderr, "sluice: %s%s%s%s: %s\n", what, detail ? " '" : "",
                      detail ? detail : "", detail ? "'" : "", strerror(-error));
        return error;
}

/* Every connection and every cached file is a descriptor. */
static void raise_descriptor_limit(void)
{
        struct rlimit limit;
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

static size_t core_count(void)
{
        cpu_set_t cores;
        int count = sched_getaffinity(0, sizeof(cores), &cores) < 0 ? 1 : CPU_COUNT(&cores);
        return count < 1 ? 1 : (size_t)count;
}

static int open_site(struct server *server, const struct serve_options *options)
{
        struct site *site = &server->site;
        const char *why_not;

        site->options = options;
        int r = root_open(&site->root, options->path);
        if (r == -EINVAL) {
                (void)fprintf(stderr,
                              "sluice: cannot serve '%s': neither a folder nor a regular file\n",
                              options->path);
                return r;
        }
        if (r < 0)
                return complain("cannot serve", options->path, r);

        r = site_choose_method(site, &why_not);
        if (r == -EOPNOTSUPP) {
                (void)fprintf(stderr, "sluice: method '%s' cannot work here: %s\n", options->method,
                              why_not);
                return r;
        }
        if (r < 0)
                return complain("cannot use method", options->method, r);
        if (strcmp(options->congestion, "auto") == 0)
                site->unpaced = site_unpaced_congestion();

        r = disk_pool_new(&site->disk_pool, (unsigned)options->disk_threads, DISK_QUEUE_MAX);
        if (r == 0 && !options->quiet)
                r = access_log_open(&site->log, STDOUT_FILENO);
        return r < 0 ? complain("cannot start", NULL, r) : 0;
}

static int open_endpoints(struct server *server, size_t worker_count)
{
        const struct serve_options *options = server->site.options;
        const char *congestion =
                strcmp(options->congestion, "auto") == 0 ? NULL : options->congestion;
        /* A person sees the new port in the banner; a script would not. */
        bool next_port = !options->port_given && isatty(STDERR_FILENO);
        const char *culprit = NULL;

        int r = endpoints_open(&server->endpoints, options, worker_count, congestion, next_port,
                               &culprit);
        if (r == -EADDRINUSE && culprit && strncmp(culprit, "unix:", 5) != 0)
                (void)fprintf(stderr,
                              "sluice: port %ju is in use on %s: choose another with --port\n",
                              (uintmax_t)options->port, culprit);
        else if (r == -ENOENT && congestion)
                (void)fprintf(stderr,
                              "sluice: the kernel has no congestion control '%s': see "
                              "/proc/sys/net/ipv4/tcp_available_congestion_control\n",
                              congestion);
        else if (r < 0)
                (void)complain("cannot listen on", culprit, r);
        return r;
}

static int start_workers(struct server *server)
{
        size_t count = server->endpoints.worker_count, per_worker = server->endpoints.count;
        int r = 0;

        server->workers = calloc(count, sizeof(server->workers[0]));
        if (!server->workers)
                r = -ENOMEM;
        for (size_t i = 0; i < count && r == 0; i++) {
                r = worker_new(&server->workers[i], &server->site,
                               &server->endpoints.fds[i * SERVE_BINDS_MAX], per_worker);
                if (r == 0)
                        server->worker_count++;
        }
        for (size_t i = 0; i < count && r == 0; i++) {
                r = worker_start(server->workers[i]);
                if (r == 0)
                        server->running++;
        }
        return r < 0 ? complain("cannot start", NULL, r) : 0;
}

static void end_at_once(int signal)
{
        _exit(128 + signal);
}

/* The first signal asks; a second one, of either kind, ends at once. */
static void wait_for_signal(void)
{
        static const int asking[] = {SIGINT, SIGTERM};
        const struct sigaction at_once = {.sa_handler = end_at_once};
        sigset_t set;
        int signal;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
                (void)sigaddset(&set, asking[i]);
        (void)sigwait(&set, &signal);
        for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
                (void)sigaction(asking[i], &at_once, NULL);
        (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* Before any thread is there, so that all of them inherit it. */
static void block_signals(void)
{
        sigset_t set;
        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGINT);
        (void)sigaddset(&set, SIGTERM);
        (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
        /* sendfile(2) and splice(2) have no MSG_NOSIGNAL. */
        (void)signal(SIGPIPE, SIG_IGN);
}

static void stop(struct server *server)
{
        for (size_t i = 0; i < server->running; i++)
                worker_stop(server->workers[i]);
        for (size_t i = 0; i < server->running; i++)
                worker_join(server->workers[i]);

        /* A task of a disk that does not answer still uses its worker: then
         * the process's end tidies up. */
        if (disk_pool_free(server->site.disk_pool, DISK_PATIENCE_MS)) {
                for (size_t i = 0; i < server->worker_count; i++)
                        worker_free(server->workers[i]);
                free(server->workers);
        }
        access_log_close(server->site.log);
        endpoints_close(&server->endpoints);
        root_close(&server->site.root);
}

int serve_run(const struct serve_options *options)
{
        struct server server = {.site.root.fd = -1};

        raise_descriptor_limit();
        block_signals();
        int r = open_site(&server, options);
        if (r == 0)
                r = open_endpoints(&server, options->workers ? options->workers : core_count());
        if (r == 0)
                r = start_workers(&server);
        if (r == 0) {
                if (!options->quiet)
                        banner_print(&server.site, &server.endpoints);
                wait_for_signal();
        }
        stop(&server);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
