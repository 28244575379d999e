#include "transfer/source.h"

#include <errno.h>
#include <stdlib.h>

#include "transfer/call.h"

int sluice_source_open(sluice_source **ret_source, int file_fd)
{
        struct account account = {0};
        struct stat status;

        int r = call_fstat(&account, file_fd, &status);
        account_publish_calls(&account);
        if (r < 0)
                return r;
        if (S_ISDIR(status.st_mode))
                return -EISDIR;
        if (!S_ISREG(status.st_mode))
                return -EINVAL;

        struct sluice_source *source = calloc(1, sizeof(*source));
        if (!source)
                return -ENOMEM;
        source->fd = file_fd;
        source->device = (uint64_t)status.st_dev;
        *ret_source = source;
        return 0;
}

void sluice_source_close(sluice_source *source)
{
        free(source);
}

struct source_block *source_block(struct sluice_source *source, uint64_t index, uint64_t now_ns,
                                  bool *ret_known)
{
        struct source_block *block = &source->blocks[index % SOURCE_BLOCKS];
        *ret_known = block->index == index + 1 && now_ns - block->asked_ns < SOURCE_BELIEVED_NS;
        if (!*ret_known)
                *block = (struct source_block){.index = index + 1, .asked_ns = now_ns};
        return block;
}
