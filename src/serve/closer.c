#include "serve/closer.h"

#include <stdlib.h>

#include "base/fd.h"

struct closing {
        struct disk_task disk;
        struct closer *closer;
        int fd;
};

static void run(struct disk_task *disk)
{
        struct closing *closing = (void *)((char *)disk - offsetof(struct closing, disk));
        fd_close(&closing->fd);
}

static void done(struct disk_task *disk)
{
        struct closing *closing = (void *)((char *)disk - offsetof(struct closing, disk));
        closing->closer->open--;
        free(closing);
}

static void close_elsewhere(struct file_closer *base, int *fd, dev_t device)
{
        struct closer *closer = (void *)((char *)base - offsetof(struct closer, base));

        if (!closer->pool) {
                *fd = -1;
                return;
        }
        struct closing *closing = malloc(sizeof(*closing));
        if (closing) {
                *closing = (struct closing){
                        .disk = {.kind = DISK_TASK_BULK,
                                 .place = device,
                                 .loop = closer->loop,
                                 .run = run,
                                 .done = done},
                        .closer = closer,
                        .fd = *fd,
                };
                if (disk_pool_submit(closer->pool, &closing->disk) == 0) {
                        *fd = -1;
                        return;
                }
        }
        /* Without memory or threads rather a wait than a leak. */
        free(closing);
        fd_close(fd);
        closer->open--;
}

void closer_init(struct closer *closer, struct disk_pool *pool, struct loop *loop)
{
        *closer = (struct closer){
                .base.close = close_elsewhere,
                .pool = pool,
                .loop = loop,
        };
}

void closer_adopt(struct closer *closer, struct file *file)
{
        file->closer = &closer->base;
        closer->open++;
}
