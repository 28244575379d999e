/* splice(2) from the file into a pipe of our own and on into the socket: pages
 * move by reference. Where the bytes go to a pipe anyway, straight into it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "transfer/call.h"
#include "transfer/method.h"
#include "transfer/pipe_pool.h"

/* A user who has too many pages in pipes gets new ones of a page or two
 * (pipe(7), pipe-user-pages-soft): two system calls for so little are worse
 * than a copy. */
#define CAPACITY_MIN ((size_t)64 << 10)

struct splice {
        struct pipe pipe;
        size_t held; /* bytes in the pipe */
};

static bool splice_supports(const struct sluice_facts *facts, const char **ret_why_not)
{
        (void)facts;
        (void)ret_why_not;
        return true;
}

static int splice_open(struct method_view *view)
{
        if (!view->out_is_socket)
                return 0;
        struct splice *splice = malloc(sizeof(*splice));
        if (!splice)
                return -ENOMEM;
        splice->held = 0;
        int r = pipe_pool_take(&view->account, &splice->pipe);
        if (r < 0) {
                free(splice);
                view->why_not = "no pipe can be made: too many descriptors are open";
                return -EOPNOTSUPP;
        }
        view->state = splice;
        if (splice->pipe.capacity < CAPACITY_MIN) {
                view->why_not = "the pipe is too small: the user's share of pages for pipes "
                                "is used up";
                return -EOPNOTSUPP;
        }
        return 0;
}

static enum step fill_error(struct method_view *view, ssize_t error)
{
        view->error = (int)error;
        if (error == -EINVAL || error == -ENOSYS || error == -EOPNOTSUPP) {
                view->why_not = "splice(2) refuses this file";
                return STEP_UNSUPPORTED;
        }
        return STEP_FAILED;
}

/* File to pipe. The pipe is empty: what has to be waited for is the file. */
static enum step splice_fill(struct method_view *view, struct splice *splice, size_t limit)
{
        size_t wanted = limit < splice->pipe.capacity ? limit : splice->pipe.capacity;
        uint64_t offset = view->offset;
        ssize_t n = call_splice(&view->account, view->file_fd, &offset, splice->pipe.write_fd,
                                wanted, SPLICE_F_MOVE);
        if (n < 0)
                return fill_error(view, n);
        if (n == 0)
                return STEP_SOURCE_SHORT;
        splice->held = (size_t)n;
        return STEP_MORE;
}

static enum step sent(struct method_view *view, size_t n, size_t asked)
{
        if (n < asked)
                account_add(&view->account, SLUICE_SHORT_WRITES, 1);
        transfer_advance(view, n);
        return STEP_MORE;
}

/* The file straight into the pipe that the caller gave. */
static enum step splice_straight(struct method_view *view, size_t limit)
{
        uint64_t offset = view->offset;
        ssize_t n = call_splice(&view->account, view->file_fd, &offset, view->out_fd, limit,
                                SPLICE_F_MOVE);
        if (n > 0)
                return sent(view, (size_t)n, limit);
        if (n == 0)
                return STEP_SOURCE_SHORT;
        if (n == -EAGAIN)
                return STEP_WANT_WRITE;
        return fill_error(view, n);
}

static enum step splice_step(struct method_view *view, size_t limit)
{
        struct splice *splice = view->state;

        if (!splice)
                return splice_straight(view, limit);
        if (splice->held == 0) {
                enum step step = splice_fill(view, splice, limit);
                if (step != STEP_MORE)
                        return step;
        }

        size_t length = splice->held < limit ? splice->held : limit;
        bool more = transfer_holds_back(view, length);
        ssize_t n = call_splice(&view->account, splice->pipe.read_fd, NULL, view->out_fd, length,
                                SPLICE_F_MOVE | (more ? SPLICE_F_MORE : 0));
        /* EAGAIN does not say which side: the pipe holds bytes, so it is the
         * socket. */
        if (n < 0)
                return transfer_send_error(view, n);
        if (n == 0)
                return transfer_failed(view, -EPIPE);
        splice->held -= (size_t)n;
        return sent(view, (size_t)n, length);
}

static void splice_close(struct method_view *view)
{
        struct splice *splice = view->state;
        if (!splice)
                return;
        /* A tiny one is not worth keeping. */
        bool keep = splice->held == 0 && splice->pipe.capacity >= CAPACITY_MIN;
        pipe_pool_give(&view->account, &splice->pipe, keep ? 0 : 1);
        free(splice);
}

const struct sluice_method method_splice = {
        .name = "splice",
        .summary = "pages move through a pipe into the socket: no copy, two calls",
        .index = METHOD_INDEX_splice,
        .no_sink = "the kernel hands over pages, and a sink wants bytes",
        .supports = splice_supports,
        .open = splice_open,
        .step = splice_step,
        .close = splice_close,
};
