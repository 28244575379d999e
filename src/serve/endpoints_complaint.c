#include "serve/endpoints_complaint.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "serve/endpoints.h"
#include "serve/server.h"

#define UNPRIVILEGED_PORT 1024 /* ip(7): ip_unprivileged_port_start */

/* The options' own text says whose it is. */
static const char *option_of(const struct serve_options *options, const char *culprit)
{
        if (culprit == options->admin)
                return "--admin";
        if (culprit == options->https_redirect)
                return "--https-redirect";
        return "--bind";
}

/* The first of --bind that leaves no room for another one, which comes behind it; NULL: none. */
static const char *find_other(const struct serve_options *options, const char *culprit)
{
        for (size_t i = 0; i < options->bind_count && options->binds[i] != culprit; i++)
                if (endpoints_overlap(options, options->binds[i], culprit))
                        return options->binds[i];
        return NULL;
}

static void complain_of_overlap(const char *culprit, const char *other)
{
        struct address a, b;

        if (endpoints_parse(&a, culprit, 0) < 0 || endpoints_parse(&b, other, 0) < 0 ||
            address_is_any(&a) == address_is_any(&b))
                (void)fprintf(stderr, "sluice: '%s' is given twice with --bind\n", culprit);
        else
                (void)fprintf(
                        stderr,
                        "sluice: --bind %s and --bind %s: %s stands for the other, too: leave "
                        "one of them out\n",
                        other, culprit, address_is_any(&a) ? culprit : other);
}

/* Its port stands elsewhere. */
static bool needs_port(const char *culprit, const char *option)
{
        return strcmp(option, "--bind") == 0 && !endpoints_has_port(culprit);
}

static void complain_of_use(const struct serve_options *options, const char *culprit,
                            const char *option)
{
        static const char prefix[] = "unix:";
        const char *path = culprit + sizeof(prefix) - 1;
        bool is_unix = strncmp(culprit, prefix, sizeof(prefix) - 1) == 0;
        struct stat status;
        const char *other = strcmp(option, "--bind") == 0 ? find_other(options, culprit) : NULL;

        if (other)
                complain_of_overlap(culprit, other);
        else if (is_unix && lstat(path, &status) == 0 && !S_ISSOCK(status.st_mode))
                (void)fprintf(stderr, "sluice: '%s' is there already, and is no socket\n", path);
        else if (is_unix)
                (void)fprintf(stderr, "sluice: on '%s' another server listens already\n", path);
        else if (needs_port(culprit, option))
                (void)fprintf(stderr,
                              "sluice: port %ju is in use on %s: choose another with --port\n",
                              (uintmax_t)options->port, culprit);
        else
                (void)fprintf(stderr, "sluice: '%s' is in use: choose another with %s\n", culprit,
                              option);
}

static void complain_of_rights(const struct serve_options *options, const char *culprit,
                               const char *option)
{
        bool apart = needs_port(culprit, option);
        char port[32] = "";

        if (apart)
                (void)snprintf(port, sizeof(port), " port %ju", (uintmax_t)options->port);
        (void)fprintf(
                stderr,
                "sluice: cannot listen on '%s'%s: %s: take a port from %d on with %s, or have "
                "a systemd socket, or 'setcap cap_net_bind_service=+ep' for the program\n",
                culprit, port, strerror(EACCES), UNPRIVILEGED_PORT, apart ? "--port" : option);
}

int endpoints_complain(const struct serve_options *options, const char *culprit,
                       const char *congestion, int error)
{
        const char *option = culprit ? option_of(options, culprit) : NULL;

        if (error == -EADDRINUSE && culprit)
                complain_of_use(options, culprit, option);
        else if (error == -EACCES && culprit && strncmp(culprit, "unix:", 5) != 0)
                complain_of_rights(options, culprit, option);
        else if (error == -ENOENT && congestion)
                (void)fprintf(stderr,
                              "sluice: the kernel has no congestion control '%s': see "
                              "/proc/sys/net/ipv4/tcp_available_congestion_control\n",
                              congestion);
        else
                (void)server_complain("cannot listen on", culprit, error);
        return error;
}
