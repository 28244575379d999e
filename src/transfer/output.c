/* Where a method's bytes go: a socket, a pipe, a sink. */
#include <errno.h>
#include <sys/socket.h>

#include "transfer/call.h"
#include "transfer/method.h"

void transfer_advance(struct method_view *view, size_t n)
{
        view->offset += n;
        view->remaining -= n;
        account_add(&view->account, SLUICE_BYTES_SENT, n);
}

ssize_t transfer_write(struct method_view *view, const void *data, size_t length)
{
        ssize_t n;
        bool more = transfer_holds_back(view, length);
        if (view->sink) {
                n = view->sink->write(view->sink->context, data, length, more);
                if (n == 0)
                        n = (ssize_t)length;
        } else if (view->out_is_socket) {
                n = call_send(&view->account, view->out_fd, data, length, more ? MSG_MORE : 0);
        } else {
                n = call_write(&view->account, view->out_fd, data, length);
        }

        if (n > 0) {
                account_add(&view->account, SLUICE_BYTES_COPIED_OUT, (uint64_t)n);
                if ((size_t)n < length)
                        account_add(&view->account, SLUICE_SHORT_WRITES, 1);
        }
        return n;
}

int transfer_flush(const struct method_view *view)
{
        return view->sink ? view->sink->flush(view->sink->context) : 0;
}

enum step transfer_send_error(struct method_view *view, ssize_t error)
{
        if (error == -EAGAIN)
                return STEP_WANT_WRITE;
        return transfer_failed(view, error);
}
