#include "transfer/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "base/number.h"
#include "transfer/call.h"
#include "transfer/residency.h"

int sluice_source_open(sluice_source **ret_source, int file_fd)
{
        struct account account = {0};
        struct statx status;

        int r = call_statx(&account, file_fd, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_SIZE, &status);
        account_publish_calls(&account);
        if (r == 0)
                r = call_check_mode(status.stx_mode);
        if (r < 0)
                return r;

        uint64_t blocks = status.stx_size / RESIDENCY_WINDOW_MAX + 1;
        size_t count = blocks < SOURCE_BLOCKS_MAX ? (size_t)blocks : SOURCE_BLOCKS_MAX;
        struct sluice_source *source =
                calloc(1, sizeof(*source) + count * sizeof(source->blocks[0]));
        if (!source)
                return -ENOMEM;
        source->block_count = count;
        source->fd = file_fd;
        source->size = status.stx_size;
        source->device = (uint64_t)makedev(status.stx_dev_major, status.stx_dev_minor);
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
        struct source_block *block = &source->blocks[index % source->block_count];
        bool believed = block->index && now_ns - block->asked_ns < SOURCE_BELIEVED_NS;

        *ret_known = believed && block->index == index + 1;
        if (*ret_known)
                return block;
        if (believed)
                return NULL;
        *block = (struct source_block){.index = index + 1, .asked_ns = now_ns};
        return block;
}

void source_block_found(struct source_block *block, uint64_t from, uint64_t until)
{
        until = number_least(until, block->index * RESIDENCY_WINDOW_MAX);
        if (from > block->until || until < block->from) {
                block->from = from;
                block->until = until;
                return;
        }
        block->from = number_least(from, block->from);
        if (until > block->until)
                block->until = until;
}
