/* Why the server cannot listen where it was told to, and what to do about it. */
#pragma once

#include "serve/serve.h"

/* A line on standard error. culprit, error: of endpoints_open(); congestion: what it was
 * given. Gives error back. */
int endpoints_complain(const struct serve_options *options, const char *culprit,
                       const char *congestion, int error);
