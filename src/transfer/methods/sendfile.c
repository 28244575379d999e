/* sendfile(2): the kernel hands pages of the page cache to the socket. One call
 * a step, no byte in user space. */
#include <errno.h>

#include "transfer/call.h"
#include "transfer/method.h"

static bool sendfile_supports(const struct sluice_facts *facts, const char **ret_why_not)
{
        (void)facts;
        (void)ret_why_not;
        return true;
}

static enum step sendfile_step(struct method_view *view, size_t limit)
{
        ssize_t n = call_sendfile(&view->account, view->out_fd, view->file_fd, view->offset, limit);
        if (n > 0) {
                if ((size_t)n < limit)
                        account_add(&view->account, SLUICE_SHORT_WRITES, 1);
                transfer_advance(view, (size_t)n);
                return STEP_MORE;
        }
        /* 0 with bytes still owed: the file was cut short (sendfile(2)). */
        if (n == 0)
                return STEP_SOURCE_SHORT;
        if (n == -EINVAL || n == -ENOSYS || n == -EOPNOTSUPP) {
                view->why_not = "sendfile(2) refuses this pair of file and socket";
                view->error = (int)n;
                return STEP_UNSUPPORTED;
        }
        return transfer_send_error(view, n);
}

const struct sluice_method method_sendfile = {
        .name = "sendfile",
        .summary = "the kernel hands the page cache's pages to the socket: no copy in user space",
        .index = METHOD_INDEX_sendfile,
        .no_sink = "the kernel hands over pages, and a sink wants bytes",
        .supports = sendfile_supports,
        .step = sendfile_step,
};
