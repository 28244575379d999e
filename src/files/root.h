/* The directory that is served, and the only way to a file in it: openat2(2)
 * beneath it. Gives descriptors, never paths. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum root_symlinks {
        ROOT_SYMLINKS_INSIDE, /* followed, as long as they stay beneath */
        ROOT_SYMLINKS_NEVER,
        ROOT_SYMLINKS_OWNER, /* and only to what belongs to the symlink's own owner */
};

struct root {
        int fd; /* O_PATH directory */
        char *only; /* the one file that is shared, by name; NULL: all of the directory */
        char *shown; /* the absolute path, for people */
        enum root_symlinks symlinks; /* the owner may set it once it is open */
        bool local; /* local_is_all_there(): what is mounted beneath it may not be */
        uint64_t device; /* st_dev */
};

/* Opens what path names: a directory, or a regular file, which is then the only
 * one shared. Errors: those of open(2), -EINVAL (neither of the two), -ENOMEM. */
int root_open(struct root *ret_root, const char *path) __attribute__((warn_unused_result));
void root_close(struct root *root);

enum root_flag {
        /* Answer -EREMOTE for what is not in the root's own mount (what leads out included), or
         * where that one asks another machine or process, which may never answer. */
        ROOT_LOCAL = 1 << 0,
        /* Answer -EAGAIN rather than wait for anything (Linux 5.12's RESOLVE_CACHED), and in
         * place of -EREMOTE. */
        ROOT_CACHED = 1 << 1 | ROOT_LOCAL,
};

/* Opens path ("" is the root itself), NUL-terminated and relative, for reading:
 * no step leads out of the root, by "..", by symlink or by a magic link of
 * /proc. Never waits for a FIFO's other end.
 *
 * Errors: those of openat2(2); what leads out is -EXDEV or -ELOOP; a symlink that
 * is not followed -ELOOP or -EACCES; a device that does not open -ENXIO. */
int root_open_path(const struct root *root, const char *path, unsigned flags, int *ret_fd)
        __attribute__((warn_unused_result));

#define ROOT_NOT_BEYOND UINT64_C(1)

/* The device of what path leads to beyond the root's own mount, or the root's where that one asks
 * others. Waits for nobody else. ROOT_NOT_BEYOND: it leads out of the root, to nothing, or to the
 * root's own device, be it in another mount. */
uint64_t root_device_beyond(const struct root *root, struct span path);
