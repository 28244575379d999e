/* A file opened again with O_DIRECT, for the methods that read past the page
 * cache. */
#pragma once

#include "transfer/method.h"

struct direct_file {
        int fd; /* of its own: close it */
        size_t align; /* bytes, of offsets and lengths */
        size_t memory_align; /* bytes, of buffers; at least a page */
};

/* As a method's supports(). */
bool direct_file_supported(const struct sluice_facts *facts, const char **ret_why_not);

/* As a method's open(): -EOPNOTSUPP with why_not set, and ret untouched. */
int direct_file_open(struct method_view *view, struct direct_file *ret)
        __attribute__((warn_unused_result));

/* The size of a buffer that holds what the caller asked for, or fallback bytes,
 * but no more than remains, wherever in a block it begins: whole blocks and
 * pages. */
size_t direct_file_buffer_size(const struct direct_file *file, const struct method_view *view,
                               size_t fallback);
