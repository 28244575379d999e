/* What a transfer tells: what to wait for, how far it is, what it cost. */
#include <errno.h>
#include <poll.h>

#include "transfer/transfer.h"

int sluice_wait_for(const sluice_transfer *t, int *ret_fd, short *ret_events)
{
        if (t->last == SLUICE_WANT_WRITE) {
                *ret_fd = t->view.out_fd;
                *ret_events = POLLOUT;
                return 0;
        }
        if (t->last != SLUICE_WAIT_COMPLETION)
                return -EINVAL;
        if (t->method->wait_for) {
                t->method->wait_for(&t->view, ret_fd, ret_events);
                return 0;
        }
        *ret_fd = t->view.out_fd;
        *ret_events = 0;
        return 0;
}

uint64_t sluice_sent(const sluice_transfer *t)
{
        return t->length - t->view.remaining;
}

void sluice_window(const sluice_transfer *t, uint64_t *ret_offset, uint64_t *ret_length)
{
        *ret_offset = t->view.offset;
        *ret_length = residency_window(&t->residency, t->view.remaining);
}

uint64_t sluice_window_ahead(const sluice_transfer *t)
{
        return residency_ahead(&t->residency, t->view.remaining);
}

bool sluice_may_wait_for_disk(const sluice_transfer *t)
{
        if (!(t->flags & SLUICE_ASK_DISK))
                return true;
        if (transfer_prepares(t))
                return false;
        return t->method->past_page_cache ? t->method->waits_for_disk
                                          : t->residency.way == RESIDENCY_UNKNOWN;
}

int sluice_error(const sluice_transfer *t)
{
        return t->last == SLUICE_FAILED ? t->view.error : 0;
}

uint64_t sluice_count(const sluice_transfer *t, enum sluice_counter counter)
{
        return account_count(&t->view.account, counter);
}

const char *sluice_calls(const sluice_transfer *t, size_t index, uint64_t *ret_count)
{
        const char *name = account_call_name(index);
        if (name)
                *ret_count = t->view.account.calls[index];
        return name;
}

const sluice_method *sluice_method_used(const sluice_transfer *t, const char **ret_reason)
{
        if (ret_reason)
                *ret_reason = t->reason;
        return t->method;
}

const sluice_method *sluice_fallback(const sluice_transfer *t, size_t index,
                                     const char **ret_reason)
{
        if (index >= t->fallback_count)
                return NULL;
        if (ret_reason)
                *ret_reason = t->fallbacks[index].reason;
        return t->fallbacks[index].method;
}
