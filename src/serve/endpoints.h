/* Where the server listens: for each worker its own sockets. */
#pragma once

#include "net/address.h"
#include "serve/inheritance.h"
#include "serve/serve.h"

struct endpoints {
        bool managed; /* the sockets are a service manager's: their files stay */
        size_t count; /* addresses */
        size_t secure_count; /* the first of them; those behind only send clients to HTTPS */
        struct address addresses[SERVE_BINDS_MAX]; /* with the port they really got */
        struct address admin;
        int admin_fd; /* -1: none is wanted, or handed over */
        size_t worker_count;
        int *fds; /* [worker * SERVE_BINDS_MAX + address]; -1: handed over */
};

/* What --bind takes: "127.0.0.1", "::1", "[::1]", with ":80" behind the first and the last, or
 * "unix:/path". port: for those without their own. Errors of address_parse(). */
int endpoints_parse(struct address *ret_address, const char *text, uint16_t port)
        __attribute__((warn_unused_result));

/* Whether it has a port of its own. */
bool endpoints_has_port(const char *text);

/* Whether two of --bind cannot both be listened on: one address, or one among all those that
 * the other stands for. */
bool endpoints_overlap(const struct serve_options *options, const char *text, const char *other);

/* The one for TCP that was asked for; NULL: as the server finds right. */
const char *endpoints_congestion(const struct serve_options *options);

/* Opens them all, but takes from the inheritance what fits; a service manager's
 * sockets are taken instead of any other. Those inherited are for a number of
 * workers of their own, whatever the options wish for. congestion: for TCP, or NULL.
 * next_port: where the port is busy, those above it are tried, but not for an address with its own.
 * Errors: those of listener_open(), with *ret_culprit set to the bind that was refused, static or
 * the options'. */
int endpoints_open(struct endpoints *ret_endpoints, const struct serve_options *options,
                   struct inheritance *inheritance, const char *congestion, bool next_port,
                   const char **ret_culprit) __attribute__((warn_unused_result));

/* What can be told without opening any: -EADDRINUSE for addresses that overlap, and the
 * errors of listener_check_congestion(). */
int endpoints_check(const struct serve_options *options, const char *congestion,
                    const char **ret_culprit) __attribute__((warn_unused_result));

/* Closes what was not handed over. */
void endpoints_close(struct endpoints *endpoints);

/* Removes unix sockets' files; before endpoints_close(). */
void endpoints_remove(const struct endpoints *endpoints);

/* Puts the sockets behind what is inherited, for the next program; they stay ours. */
void endpoints_lend(const struct endpoints *endpoints, struct inheritance *inheritance);
