/* Reading past the page cache before a step, where that may take its time. */
#include <errno.h>

#include "transfer/transfer.h"

bool sluice_wants_prepare(const sluice_transfer *t)
{
        return transfer_prepares(t);
}

int sluice_prepare(sluice_transfer *t)
{
        if (!transfer_prepares(t))
                return -EINVAL;
        if (t->view.remaining == 0)
                return 0;
        switch (t->method->prepare(&t->view)) {
        case STEP_MORE:
                return 0;
        case STEP_SOURCE_SHORT:
                return -ENODATA;
        case STEP_UNSUPPORTED:
                /* Another method may take over; the transfer's own thread sees to that. */
                if (t->view.remaining != t->length)
                        return t->view.error ? t->view.error : -EOPNOTSUPP;
                t->unfit = true;
                return 0;
        default:
                return t->view.error;
        }
}
