/* The static file server. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "serve/site_options.h"
#include "sluice.h"

#define SERVE_BINDS_MAX 16
#define SERVE_PROXIES_MAX 16
#define SERVE_TICKET_KEYS_MAX 16
#define SERVE_SITES_MAX 4096

/* What can be set. Times in ms, sizes in bytes. cli/serve_options_*.c have
 * the defaults and what each is for. */

/* Of the server. */
struct serve_options {
        /* For whom no other site has a name; if there are others and it was given no
         * path, nobody: then such requests are refused. */
        struct site_options site;
        const char *config; /* the file that options were read from, or NULL */
        bool check;
        bool print_config;
        uint64_t port;
        bool port_given; /* then a busy port is an error, not a reason to look on */
        const char *binds[SERVE_BINDS_MAX]; /* as endpoints_parse() reads them */
        size_t bind_count; /* 0: every address of the machine */
        const char *socket_mode; /* of unix sockets' files, octal */
        uint64_t workers; /* 0: one a core */
        const char *policy; /* the file that decided what no other source did, or NULL */
        const char *method; /* "auto" or a method's name */
        bool method_given; /* by the user, not by the policy */
        const char *congestion; /* "auto" or a name the kernel knows */
        bool qrcode; /* the address as one, behind the banner's */
        bool quiet; /* neither banner nor access log on standard output */
        const char *access_log; /* "-", "syslog", "off" or a file */
        const char *log_format; /* one of request_log_format_name() */
        const char *admin; /* where /metrics and /healthz are, as address_parse_whole() reads it */
        const char *error_log; /* "-" or a file */
        const char *pid_file; /* NULL: none */
        bool verbose;
        uint64_t cache_entries; /* files a worker remembers */
        uint64_t cache_bytes; /* bodies in memory, a worker */
        uint64_t cache_valid_ms;
        uint64_t listing_bytes; /* of all listings that are kept or sent */
        uint64_t step_bytes; /* of a connection's file in one turn of the loop */
        uint64_t small_file; /* up to here a body is sent from memory */
        uint64_t cache_guard_percent; /* of memory; 0: no guard */
        uint64_t read_ahead_percent; /* of memory, of all connections together */
        uint64_t disk_threads;
        uint64_t header_timeout_ms;
        uint64_t idle_timeout_ms;
        uint64_t send_timeout_ms;
        uint64_t grace_ms; /* for what is in flight when the server is asked to stop */
        uint64_t connections_max;
        bool no_http2;
        uint64_t http2_streams; /* open at a time, a connection */
        const char *overload; /* "wait" or "refuse" */
        uint64_t per_address_max; /* connections; 0: any number */
        const char *proxies[SERVE_PROXIES_MAX]; /* as network_parse() reads them */
        size_t proxy_count;
        bool tls_self_signed;
        const char *tls_min; /* "1.2" or "1.3" */
        const char *tls_ticket_keys[SERVE_TICKET_KEYS_MAX]; /* files; none: keys of our own */
        size_t tls_ticket_key_count;
        const char *tls_client_ca; /* a file; NULL: clients show no certificate */
        bool no_ktls;
        uint64_t tls_handshakes_per_address; /* a second, a worker; 0: any number */
        bool tls_handshakes_given;
        const char *https_redirect; /* as secure_redirect_address() reads it; NULL: none */
        uint64_t hsts_s; /* 0: none */
        uint64_t limit_rate; /* bytes a second a connection; 0: any number */
        const char *sandbox; /* "on", "off" or "required" */
        const char *user; /* NAME or NAME:GROUP to serve as; NULL: who started it */
};

/* Serves until SIGINT or SIGTERM. The process's exit code: 0, or 1 after one line
 * on standard error that says what was wrong. On SIGHUP and SIGUSR2 the program is
 * executed anew, with the same command line (serve/keeper.h). */
int serve_run(const struct serve_options *options);

/* Whether what the options name can be served: 0, or 1 after one line on standard
 * error. Opens no address. */
int serve_check(const struct serve_options *options);
