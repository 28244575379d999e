/* Symlinks within a root, of which some are not followed. */
#pragma once

#include <linux/openat2.h>

/* Opens path beneath root_fd as openat2(2) would by how, which resolves beneath;
 * but follows a symlink only to what belongs to the symlink's own owner. Errors:
 * those of openat2(2); -EACCES for a symlink to somebody else's. */
int symlinks_open_by_owner(int root_fd, const char *path, const struct open_how *how, int *ret_fd)
        __attribute__((warn_unused_result));
