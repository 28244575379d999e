/* The directory that is served, and the only way to a file in it: openat2(2)
 * beneath it. Gives descriptors, never paths. */
#pragma once

#include <stdbool.h>

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
};

/* Opens what path names: a directory, or a regular file, which is then the only
 * one shared. Errors: those of open(2), -EINVAL (neither of the two), -ENOMEM. */
int root_open(struct root *ret_root, const char *path) __attribute__((warn_unused_result));
void root_close(struct root *root);

enum root_flag {
        /* Answer -EAGAIN rather than wait for a disk or a network (Linux 5.12's
         * RESOLVE_CACHED). So does what is not on the root's own file system, or where
         * that one asks others: fstat(2) of it might wait. */
        ROOT_CACHED = 1 << 0,
};

/* Opens path ("" is the root itself), NUL-terminated and relative, for reading:
 * no step leads out of the root, by "..", by symlink or by a magic link of
 * /proc. Never waits for a FIFO's other end.
 *
 * Errors: those of openat2(2); what leads out is -EXDEV or -ELOOP; a symlink that
 * is not followed -ELOOP or -EACCES; a device that does not open -ENXIO. */
int root_open_path(const struct root *root, const char *path, unsigned flags, int *ret_fd)
        __attribute__((warn_unused_result));
