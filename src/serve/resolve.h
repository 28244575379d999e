/* From a path beneath the root to what is there. Touches the disk, and nothing
 * of a connection or a worker: it may run on any thread. */
#pragma once

#include "files/file.h"
#include "http/negotiate.h"
#include "serve/listing_store.h"
#include "serve/site.h"

enum resolution_kind {
        RESOLVED_FILE,
        RESOLVED_SAME, /* the file that was known, in the same state */
        RESOLVED_DIRECTORY, /* one whose name was given without the slash */
        RESOLVED_FOLDER, /* one without an index: to be listed */
        RESOLVED_LISTING, /* never of resolve() itself */
        RESOLVED_ERROR,
};

struct resolution {
        enum resolution_kind kind;
        int error; /* of RESOLVED_ERROR: -errno */
        struct file *file; /* of RESOLVED_FILE; of RESOLVED_ERROR the page that says so, or
                              NULL. A reference */
        int folder_fd; /* of RESOLVED_FOLDER: owned */
        struct directory_state folder; /* the same */
        bool folder_remote; /* the same: its file system asks another process or machine */
        struct listing *listing; /* of RESOLVED_LISTING: a reference */
};

/* What is looked for. */
struct lookup {
        struct span path; /* decoded, relative, without a slash at the end */
        bool directory; /* it had one, or is the root */
        bool hidden; /* nobody is to see it: as if it were not there */
        coding_order codings; /* that the client would like */
};

/* flags: of root_open_path(), for each file there is to be opened: its -EAGAIN and
 * -EREMOTE leave *ret_resolution untouched. known: an open file that was there before, or NULL. 0
 * otherwise; what went wrong is in the resolution. */
int resolve(const struct site *site, const struct lookup *lookup, const struct file *known,
            unsigned flags, struct resolution *ret_resolution) __attribute__((warn_unused_result));

/* Whether an -errno means that there is no such file, for all that a client may
 * know. */
bool resolve_error_is_absence(int error);

/* Whether there was no descriptor for it. */
bool resolution_is_starved(const struct resolution *resolution);

void resolution_done(struct resolution *resolution);
