/* Where --redirect leads. */
#pragma once

#include "base/text.h"
#include "http/status.h"
#include "serve/serve.h"

/* "[STATUS:]/FROM=TO": 0, or -EINVAL. STATUS is 301, 302, 307 or 308. */
int redirects_check(const char *value);

/* Where a path (with its leading slash, decoded) is redirected to, in *text, and with
 * which status. False: nowhere. text->failed: no memory. */
bool redirects_find(const struct site_options *options, struct span path, struct text *text,
                    enum http_status *ret_status);
