/* pread(2) into a buffer, send(2) out of it: every byte crosses into user space
 * and back. It works everywhere, so it ends every list of choices.
 *
 * This file is the template for a method. */
#include <errno.h>
#include <stdlib.h>

#include "base/thread_buffer.h"
#include "transfer/call.h"
#include "transfer/method.h"

/* Held as long as the slowest reader takes, by every transfer: as small as still
 * makes the calls cheap. Bigger ones copy faster (sluice lab), for who is alone. */
#define BUFFER_DEFAULT ((size_t)64 << 10)
/* A sink takes all at once: one buffer a thread is enough, and may be big. */
#define SINK_BUFFER_DEFAULT ((size_t)256 << 10)

struct copy {
        size_t size;
        size_t start; /* of the bytes read and not yet taken by the socket */
        size_t end;
        unsigned char *buffer; /* behind this; for a sink the thread's */
};

static bool copy_supports(const struct sluice_facts *facts, const char **ret_why_not)
{
        (void)facts;
        (void)ret_why_not;
        return true;
}

static int copy_open(struct method_view *view)
{
        size_t usual = view->sink ? SINK_BUFFER_DEFAULT : BUFFER_DEFAULT;
        size_t size = view->buffer_size ? view->buffer_size : usual;
        if (size > view->remaining)
                size = (size_t)view->remaining;

        struct copy *copy = malloc(sizeof(*copy) + (view->sink ? 0 : size));
        if (!copy)
                return -ENOMEM;
        copy->size = size;
        copy->start = copy->end = 0;
        copy->buffer = view->sink ? NULL : (unsigned char *)(copy + 1);
        view->state = copy;
        return 0;
}

/* A sink may know a place where the bytes need not be moved from again. */
static unsigned char *copy_room(struct method_view *view, const struct copy *copy, size_t *length)
{
        void *room = NULL;
        if (view->sink->reserve)
                room = view->sink->reserve(view->sink->context, length);
        return room ? room : thread_buffer(THREAD_BUFFER_FILE, copy->size);
}

static enum step copy_fill(struct method_view *view, struct copy *copy, size_t limit)
{
        size_t wanted = limit < copy->size ? limit : copy->size;
        if (view->sink)
                copy->buffer = copy_room(view, copy, &wanted);
        if (!copy->buffer)
                return transfer_failed(view, -ENOMEM);
        ssize_t n = call_pread(&view->account, view->file_fd, copy->buffer, wanted, view->offset);
        if (n < 0)
                return transfer_failed(view, n);
        if (n == 0)
                return STEP_SOURCE_SHORT;
        account_add(&view->account, SLUICE_BYTES_COPIED_IN, (uint64_t)n);
        copy->start = 0;
        copy->end = (size_t)n;
        return STEP_MORE;
}

static enum step copy_step(struct method_view *view, size_t limit)
{
        struct copy *copy = view->state;

        if (copy->start == copy->end) {
                enum step step = copy_fill(view, copy, limit);
                if (step != STEP_MORE)
                        return step;
        }

        size_t length = copy->end - copy->start;
        if (length > limit)
                length = limit;
        ssize_t n = transfer_write(view, copy->buffer + copy->start, length);
        if (n < 0) {
                if (view->sink) /* what the thread does next may use the buffer */
                        copy->start = copy->end = 0;
                return transfer_send_error(view, n);
        }
        copy->start += (size_t)n;
        transfer_advance(view, (size_t)n);
        return STEP_MORE;
}

static void copy_close(struct method_view *view)
{
        free(view->state);
}

const struct sluice_method method_copy = {
        .name = "copy",
        .summary = "read into a buffer, write out of it: two copies by the CPU",
        .index = METHOD_INDEX_copy,
        .supports = copy_supports,
        .open = copy_open,
        .step = copy_step,
        .close = copy_close,
};
