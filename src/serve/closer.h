/* Closes files whose close(2) may wait for another process or machine (a FUSE daemon
 * is asked then, an SMB server), on the threads that may. Of one worker. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "files/file.h"
#include "net/disk_pool.h"

struct closer {
        struct file_closer base;
        struct disk_pool *pool; /* NULL: it is gone, and the process's end closes */
        struct loop *loop;
        size_t open; /* files that it is the closer of, and that are not closed yet */
};

void closer_init(struct closer *closer, struct disk_pool *pool, struct loop *loop);

/* From the loop's thread, before anybody else can let go of the file. It must be
 * a remote one. */
void closer_adopt(struct closer *closer, struct file *file);
