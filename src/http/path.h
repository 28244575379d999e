/* From a request target to a path beneath the root. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct target_path {
        const char *path; /* NUL-terminated, percent-decoded once, dot segments removed, no leading
                             or trailing '/'; "" is the root. Lives in the caller's buffer */
        size_t length;
        bool directory; /* the target named a directory: it ended in '/', "/." or "/.." */
        bool hidden; /* a segment starts with '.', other than a leading ".well-known" */
        struct span query; /* without '?'; .data NULL: absent. Borrowed from the target */
};

/* Reads an origin-form or absolute-form target. 0; or, with *ret_reason set to a
 * static sentence, -EINVAL: a bad escape, an encoded '/' or NUL, overlong UTF-8, a
 * fragment, ".." above the root, not an http target; -ENAMETOOLONG: does not fit. */
int path_from_target(struct span target, char *buffer, size_t size, struct target_path *ret_path,
                     const char **ret_reason) __attribute__((warn_unused_result));
