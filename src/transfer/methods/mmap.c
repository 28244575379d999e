/* mmap(2) of a window of the file, send(2) out of it: one copy by the CPU, out
 * of the page cache. The mapping is for the kernel only: a page that is no
 * longer in the file makes send(2) return EFAULT, where a touch from here
 * would raise SIGBUS (mmap(2)). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "transfer/call.h"
#include "transfer/method.h"

#define WINDOW_DEFAULT ((size_t)2 << 20)

struct window {
        void *address; /* NULL: nothing is mapped */
        uint64_t offset; /* of the file, aligned to size */
        size_t length; /* mapped, in bytes */
        size_t size; /* of a whole window */
};

static bool mmap_supports(const struct sluice_facts *facts, const char **ret_why_not)
{
        (void)facts;
        (void)ret_why_not;
        return true;
}

static int mmap_open(struct method_view *view)
{
        struct window *window = calloc(1, sizeof(*window));
        if (!window)
                return -ENOMEM;
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        size_t size = view->buffer_size ? view->buffer_size : WINDOW_DEFAULT;
        window->size = (size + page - 1) / page * page;
        view->state = window;
        return 0;
}

static void window_unmap(struct method_view *view, struct window *window)
{
        if (!window->address)
                return;
        (void)call_munmap(&view->account, window->address, window->length);
        window->address = NULL;
}

/* Maps the window that holds the next byte. */
static enum step window_map(struct method_view *view, struct window *window)
{
        if (window->address && view->offset < window->offset + window->length)
                return STEP_MORE;
        window_unmap(view, window);

        uint64_t end = view->offset + view->remaining;
        window->offset = view->offset / window->size * window->size;
        window->length =
                end - window->offset < window->size ? (size_t)(end - window->offset) : window->size;
        /* Populated at once: a fault for every sixteen pages costs more. */
        int r = call_mmap(&view->account, &window->address, window->length, PROT_READ,
                          MAP_SHARED | MAP_POPULATE, view->file_fd, window->offset);
        if (r < 0) {
                view->why_not = "mmap(2) refuses to map this file";
                view->error = r;
                return STEP_UNSUPPORTED;
        }
        return STEP_MORE;
}

static enum step file_size(struct method_view *view, uint64_t *ret_size)
{
        struct statx status;
        int r = call_statx(&view->account, view->file_fd, AT_STATX_DONT_SYNC, STATX_SIZE, &status);
        if (r < 0)
                return transfer_failed(view, r);
        *ret_size = status.stx_size;
        return STEP_MORE;
}

static enum step send_error(struct method_view *view, ssize_t error)
{
        if (error != -EFAULT)
                return transfer_send_error(view, error);
        uint64_t size = 0;
        enum step step = file_size(view, &size);
        if (step != STEP_MORE)
                return step;
        if (size <= view->offset)
                return STEP_SOURCE_SHORT;
        /* The page is in the file and cannot be had: the disk failed. Or the
         * file was cut and has grown again; the bytes are lost all the same. */
        return transfer_failed(view, -EIO);
}

static enum step mmap_step(struct method_view *view, size_t limit)
{
        struct window *window = view->state;
        uint64_t size = 0;

        /* The rest of a file's last page reads as zeros, without an error: only
         * the size tells what belongs to the file. */
        enum step step = file_size(view, &size);
        if (step != STEP_MORE)
                return step;
        if (size <= view->offset)
                return STEP_SOURCE_SHORT;
        step = window_map(view, window);
        if (step != STEP_MORE)
                return step;

        size_t skip = (size_t)(view->offset - window->offset);
        size_t length = window->length - skip;
        if (length > limit)
                length = limit;
        if (length > size - view->offset)
                length = (size_t)(size - view->offset);
        ssize_t n = transfer_write(view, (char *)window->address + skip, length);
        if (n < 0)
                return send_error(view, n);

        /* Cut since we looked? Then some of what went out were zeros. */
        step = file_size(view, &size);
        bool short_now = step == STEP_MORE && size < view->offset + (uint64_t)n;
        transfer_advance(view, (size_t)n);
        return short_now ? STEP_SOURCE_SHORT : step;
}

static void mmap_close(struct method_view *view)
{
        struct window *window = view->state;
        if (!window)
                return;
        window_unmap(view, window);
        free(window);
}

const struct sluice_method method_mmap = {
        .name = "mmap",
        .summary = "map the file, write out of the mapping: one copy by the CPU",
        .index = METHOD_INDEX_mmap,
        .no_sink = "a sink would touch the mapping itself, where a file cut short raises SIGBUS",
        .supports = mmap_supports,
        .open = mmap_open,
        .step = mmap_step,
        .close = mmap_close,
};
