/* /metrics and /healthz, on an address of their own and by a thread of their own,
 * so that a monitor neither holds up who is served nor waits behind them. */
#pragma once

#include "net/address.h"
#include "serve/access_log.h"
#include "serve/metrics.h"

struct admin;

/* Takes the listening socket (also on failure). The rest is borrowed until
 * admin_close(). Errors: -ENOMEM, those of pthread_create(3). */
int admin_open(struct admin **ret_admin, int *listening_fd, struct metrics *const workers[],
               size_t worker_count, struct access_log *log) __attribute__((warn_unused_result));

/* Accepts no more; returns when who is being answered is. */
void admin_close(struct admin *admin);
