/* What the keeper has to complain of once the server runs: on standard error, where the
 * start was seen, and on the error log, where somebody looks later. */
#pragma once

#include "serve/serve.h"

void complaint_write(const struct serve_options *options, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* A descriptor for what another program complains of, to be taken by complaint_take(),
 * which writes it and closes it. -1 (and then nothing is taken): it is standard error. */
int complaint_open(void);
void complaint_take(const struct serve_options *options, int fd);
