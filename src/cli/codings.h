/* The content codings that 'sluice compress' makes, by libraries that it alone opens;
 * base/on_demand.h. */
#pragma once

#include <stddef.h>

#include "http/negotiate.h"

/* Before coding_apply(). Errors: -ELIBACC, in words in ret_error, as on_demand_load()
 * has it. */
int codings_load(const char **ret_error) __attribute__((warn_unused_result));

struct coding_buffer {
        unsigned char *data;
        size_t size;
};

/* As small as the coding can have it. out's size is what it has room for, and becomes
 * what was written. May run on several threads. Errors: -ENOBUFS, -ENOMEM. */
int coding_apply(enum content_coding coding, struct coding_buffer in, struct coding_buffer *out)
        __attribute__((warn_unused_result));
