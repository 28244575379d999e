/* Whether a file system answers by itself, from memory or from a disk. */
#pragma once

#include <stdbool.h>

/* False: it may ask another machine or process (NFS, SMB, FUSE), or is not known here. The name
 * of a file may be in memory then, and open(2), fstat(2) or close(2) of it still wait for that
 * one. Waits for it too. fd: of any file there, O_PATH will do. */
bool local_is_all_there(int fd);
