/* Inside keeper*.c: what the keeper is. */
#pragma once

#include "net/ticket_keys.h"
#include "serve/endpoints.h"
#include "serve/inheritance.h"
#include "serve/log_files.h"
#include "serve/restarts.h"
#include "serve/serve.h"
#include "serve/signals.h"

struct keeper {
        const struct serve_options *options;
        struct endpoints endpoints;
        struct inheritance inheritance; /* its children are those that run, the newest last */
        struct ticket_keys *ticket_keys; /* of all children; NULL: none ever spoke TLS */
        int signals; /* a signalfd(2) */
        bool ready; /* the newest child serves */
        bool former_serves; /* the one before the newest does, until that is ready */
        bool stopping;
        bool failed; /* it stops for that, and not because it was told to */
        bool has_served;
        struct restarts restarts;
        bool on_terminal;
        struct signals_last last;
        int waiting_signal; /* SIGHUP or SIGUSR2 that came before the newest was ready; 0 */
        int exit_code;
};

/* keeper_start.c. All complain, and give -errno. */
int keeper_open_endpoints(struct keeper *keeper) __attribute__((warn_unused_result));
int keeper_open_ticket_keys(struct keeper *keeper) __attribute__((warn_unused_result));
/* Their descriptor; -1: there are none. */
int keeper_ticket_keys(const struct keeper *keeper);
int keeper_open_logs(const struct keeper *keeper, int ret_logs[static LOG_STREAMS])
        __attribute__((warn_unused_result));

/* A new serving process, the newest: not ready yet. */
int keeper_start_child(struct keeper *keeper) __attribute__((warn_unused_result));
