/* The convenience call: a whole range, waiting where it must. */
#include <errno.h>

#include "transfer/call.h"

static int wait_until_ready(const sluice_transfer *transfer)
{
        struct account account = {0};
        struct pollfd ready = {0};

        int r = sluice_wait_for(transfer, &ready.fd, &ready.events);
        if (r == 0)
                r = call_poll(&account, &ready, 1, -1);
        account_publish_calls(&account);
        return r < 0 ? r : 0;
}

static int run(sluice_transfer *transfer)
{
        for (;;) {
                int r = 0;
                switch (sluice_step(transfer, 0)) {
                case SLUICE_DONE:
                        return 0;
                case SLUICE_MORE:
                case SLUICE_WANT_DISK:
                        break;
                case SLUICE_WANT_WRITE:
                case SLUICE_WAIT_COMPLETION:
                        r = wait_until_ready(transfer);
                        break;
                case SLUICE_SOURCE_SHORT:
                        return -ENODATA;
                case SLUICE_FAILED:
                        return sluice_error(transfer);
                }
                if (r < 0)
                        return r;
        }
}

int sluice_send(int out_fd, int file_fd, uint64_t offset, uint64_t length,
                const sluice_method *method, uint64_t *ret_sent)
{
        sluice_transfer *transfer;

        if (ret_sent)
                *ret_sent = 0;
        int r = sluice_open(&transfer, out_fd, file_fd, offset, length, method, 0);
        if (r < 0)
                return r;
        r = run(transfer);
        if (ret_sent)
                *ret_sent = sluice_sent(transfer);
        sluice_close(transfer);
        return r;
}
