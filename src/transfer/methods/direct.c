/* pread(2) with O_DIRECT, send(2): the device writes into our buffer, the page
 * cache is left alone; one copy by the CPU, into the socket. For giants that
 * are read once.
 *
 * O_DIRECT wants aligned offsets, lengths and memory (open(2)): the aligned
 * superset is read and trimmed. */
#include <errno.h>
#include <stdlib.h>

#include "transfer/call.h"
#include "transfer/direct_file.h"
#include "transfer/method.h"

#define BUFFER_DEFAULT ((size_t)1 << 20)
/* Who prepares has many at a time, and holds them for as long as their turn takes. */
#define PREPARED_DEFAULT ((size_t)512 << 10)

struct direct {
        struct direct_file file;
        unsigned char *buffer;
        size_t size; /* a multiple of file.align */
        size_t start; /* of the bytes read and not yet taken by the socket */
        size_t end;
};

static int direct_open(struct method_view *view)
{
        struct direct *direct = calloc(1, sizeof(*direct));
        if (!direct)
                return -ENOMEM;
        int r = direct_file_open(view, &direct->file);
        if (r < 0) {
                free(direct);
                return r;
        }
        view->state = direct;
        direct->size = direct_file_buffer_size(&direct->file, view,
                                               view->prepares ? PREPARED_DEFAULT : BUFFER_DEFAULT);
        direct->buffer = aligned_alloc(direct->file.memory_align, direct->size);
        return direct->buffer ? 0 : -ENOMEM;
}

static size_t round_up(uint64_t n, size_t align)
{
        return (size_t)((n + align - 1) / align * align);
}

static enum step direct_fill(struct method_view *view, struct direct *direct)
{
        uint64_t from = view->offset / direct->file.align * direct->file.align;
        size_t skip = (size_t)(view->offset - from);
        size_t wanted = direct->size;
        if (wanted - skip > view->remaining)
                wanted = round_up(skip + view->remaining, direct->file.align);

        ssize_t n = call_pread(&view->account, direct->file.fd, direct->buffer, wanted, from);
        if (n == -EINVAL) {
                view->error = (int)n;
                view->why_not = "the file system refuses to read this file with O_DIRECT";
                return STEP_UNSUPPORTED;
        }
        if (n < 0)
                return transfer_failed(view, n);
        /* The last block of a file is short. */
        if ((size_t)n <= skip)
                return STEP_SOURCE_SHORT;
        direct->start = skip;
        direct->end = (size_t)n;
        if (direct->end - skip > view->remaining)
                direct->end = skip + (size_t)view->remaining;
        return STEP_MORE;
}

static enum step direct_step(struct method_view *view, size_t limit)
{
        struct direct *direct = view->state;

        if (direct->start == direct->end) {
                enum step step = direct_fill(view, direct);
                if (step != STEP_MORE)
                        return step;
        }
        size_t length = direct->end - direct->start;
        if (length > limit)
                length = limit;
        ssize_t n = transfer_write(view, direct->buffer + direct->start, length);
        if (n < 0)
                return transfer_send_error(view, n);
        direct->start += (size_t)n;
        transfer_advance(view, (size_t)n);
        return STEP_MORE;
}

static enum step direct_prepare(struct method_view *view)
{
        struct direct *direct = view->state;
        return direct->start < direct->end ? STEP_MORE : direct_fill(view, direct);
}

static uint64_t direct_prepared(const struct method_view *view)
{
        const struct direct *direct = view->state;
        return direct->end - direct->start;
}

static void direct_close(struct method_view *view)
{
        struct direct *direct = view->state;
        if (!direct)
                return;
        call_close(&view->account, &direct->file.fd);
        free(direct->buffer);
        free(direct);
}

const struct sluice_method method_direct = {
        .name = "direct",
        .summary = "read past the page cache (O_DIRECT), write: one copy by the CPU",
        .index = METHOD_INDEX_direct,
        .past_page_cache = true,
        .waits_for_disk = true,
        .supports = direct_file_supported,
        .open = direct_open,
        .step = direct_step,
        .prepare = direct_prepare,
        .prepared = direct_prepared,
        .close = direct_close,
};
