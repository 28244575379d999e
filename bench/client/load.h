/* The load: connections, what they ask, and what came of it. */
#pragma once

#include "client/connection.h"
#include "client/options.h"
#include "client/tally.h"
#include "client/targets.h"

struct load {
        const struct options *options;
        struct targets targets;
        struct route route; /* its TLS context is ours */
        struct connection *connections;
        size_t *idle; /* a stack of connections with nothing to do */
        size_t idle_count;
        struct intake intake;
        int epoll_fd;
        uint64_t asked; /* in this phase */
        uint64_t next_due_ns; /* of the paced load */
        struct tally *tally; /* of this phase; the caller's */
};

/* Opens all connections. Errors: of the list, the sockets, -ENOMEM. */
int load_open(struct load *load, const struct options *options);
void load_close(struct load *load);

/* Asks and receives until requests were asked (0: no bound) or the time is up.
 * Returns 0 or -errno (a connection could not be reopened). */
int load_run(struct load *load, uint64_t requests, uint64_t duration_ms, struct tally *tally);

/* Every connection asks once and then reads at the given rate for the duration;
 * answers need not end. */
int load_run_slow(struct load *load, uint64_t duration_ms, struct tally *tally);
