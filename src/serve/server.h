/* The serving process: opens the site, starts the workers, and does what the
 * keeper (serve/keeper.h) orders until it is to end. */
#pragma once

#include "serve/access_log.h"
#include "serve/endpoints.h"
#include "serve/serve.h"

/* Takes the endpoints' sockets, the logs (serve/log_files.h), and the tickets' keys, as
 * ticket_keys_fd() has them or -1. control: to the keeper, see serve/control.h. Gives the process's
 * exit code. */
int server_run(const struct serve_options *options, struct endpoints *endpoints,
               int logs[static LOG_STREAMS], int control, int ticket_keys);

/* Opens the library that an option needs. -ELIBACC: it cannot be opened; says so in one line
 * on standard error. */
int server_open_library(const char *option, int (*load)(const char **ret_error))
        __attribute__((warn_unused_result));

/* One line on standard error; gives error back. */
int server_complain(const char *what, const char *detail, int error);
