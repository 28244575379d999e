/* How the process's descriptors are shared out, so that nobody takes those that
 * another needs: RLIMIT_NOFILE bounds them all together (getrlimit(2)). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "serve/serve.h"

struct descriptors {
        uint64_t limit;
        uint64_t connections; /* may be open */
        uint64_t cached; /* files that caches may keep open, of all workers together */
        bool cut; /* the limit does not hold what the options want */
};

/* Raises the soft limit to the hard one. */
void descriptors_raise_limit(void);

/* What the options want, as far as the limit holds it. workers: 1 at least. */
struct descriptors descriptors_share_out(uint64_t limit, const struct serve_options *options,
                                         uint64_t workers);

/* The limit that is set. */
uint64_t descriptors_limit(void);

/* All below the limit but kept and the standard ones, whoever uses them. What is no
 * socket is not touched: to ask what it is may wait. */
void descriptors_close_sockets(uint64_t limit, int kept);
