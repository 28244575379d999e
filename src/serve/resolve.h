/* From a path beneath the root to what is there. Touches the disk, and nothing
 * of a connection or a worker: it may run on any thread. */
#pragma once

#include "base/text.h"
#include "files/directory.h"
#include "files/file.h"
#include "serve/site.h"

enum resolution_kind {
        RESOLVED_FILE,
        RESOLVED_SAME, /* the file that was known, in the same state */
        RESOLVED_DIRECTORY, /* one whose name was given without the slash */
        RESOLVED_LISTING,
        RESOLVED_ERROR,
};

struct resolution {
        enum resolution_kind kind;
        int error; /* of RESOLVED_ERROR: -errno */
        struct file *file; /* of RESOLVED_FILE; a reference */
        struct directory directory; /* of RESOLVED_LISTING */
};

/* path: decoded, relative, without a slash at the end; directory: it had one, or
 * is the root. wait: may block; else -EAGAIN when it would have to, and
 * *ret_resolution is untouched. known: an open file that was there before, or
 * NULL. 0 otherwise; what went wrong is in the resolution. */
int resolve(const struct site *site, struct span path, bool directory, const struct file *known,
            bool wait, struct resolution *ret_resolution) __attribute__((warn_unused_result));

void resolution_done(struct resolution *resolution);
