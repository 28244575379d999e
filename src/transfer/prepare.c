/* Reading past the page cache before a step, where that may take its time. */
#include <errno.h>

#include "transfer/transfer.h"

bool sluice_wants_prepare(const sluice_transfer *t)
{
        return transfer_prepares(t);
}

/* To open a file may wait as well. */
static enum step prepare(struct sluice_transfer *t)
{
        if (t->opened)
                return t->method->prepare(&t->view);
        int r = t->method->open(&t->view);
        t->opened = r == 0;
        if (r == 0)
                return t->method->prepare(&t->view);
        t->method->close(&t->view);
        t->view.state = NULL;
        return r == -EOPNOTSUPP ? STEP_UNSUPPORTED : transfer_failed(&t->view, r);
}

int sluice_prepare(sluice_transfer *t)
{
        if (!transfer_prepares(t))
                return -EINVAL;
        if (t->view.remaining == 0)
                return 0;
        switch (prepare(t)) {
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
