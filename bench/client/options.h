/* What the client is asked to do. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum mode {
        MODE_LOAD, /* requests, one after the other on each connection */
        MODE_SLOW, /* each connection reads at --rate */
        MODE_IDLE, /* one request each, then silence */
};

struct options {
        enum mode mode;
        const char *host;
        const char *list; /* file of "SIZE PATH" lines */
        uint16_t port;
        int cpu; /* -1: anywhere */
        bool discard; /* bulk bodies are dropped in the kernel (MSG_TRUNC) */
        bool in_order; /* paths in the list's order instead of at random */
        bool tls; /* TLS 1.3, AES-128-GCM */
        bool once; /* a connection for each request */
        bool hold; /* at the end of the time, do not wait for what is in flight */
        uint64_t connections;
        uint64_t requests; /* 0: bounded by time alone */
        uint64_t duration_ms;
        uint64_t warm_up; /* requests before the measured ones */
        uint64_t range; /* bytes; 0: whole files */
        uint64_t verify_every; /* every N-th body is compared; 0: none */
        uint64_t pace; /* requests a second, open loop; 0: closed loop */
        uint64_t rate; /* bytes a second and connection, in MODE_SLOW */
        uint64_t segment; /* TCP_MAXSEG; 0: what loopback gives */
        uint64_t window; /* SO_RCVBUF, bytes; 0: the system's */
        uint64_t seed;
};

/* 0, or the exit code to leave with (help was printed, or the error). */
int options_parse(struct options *ret_options, int argc, char **argv, bool *ret_leave);
