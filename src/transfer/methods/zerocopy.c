/* pread(2) into a buffer, send(2) with MSG_ZEROCOPY: the network card reads the
 * buffer itself (Documentation/networking/msg_zerocopy.rst). One copy by the
 * CPU, into user space. A buffer belongs to the kernel until the socket's error
 * queue says otherwise.
 *
 * The buffers are anonymous mappings, not memory of the heap: the kernel holds
 * a reference to each page it still sends from, so an unfinished transfer may
 * be closed at once. munmap(2) takes our reference, and nobody gets the pages
 * before the last one is gone. free(3) would give them to the next malloc(3). */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transfer/call.h"
#include "transfer/completions.h"
#include "transfer/method.h"

#define BUFFERS 4
#define BUFFER_DEFAULT ((size_t)256 << 10)

struct zerocopy {
        unsigned char *memory; /* BUFFERS of size each */
        size_t size;
        unsigned current; /* the buffer being sent */
        size_t start; /* of its bytes not yet taken by the socket */
        size_t end;
        struct completions completions;
};

static bool zerocopy_supports(const struct sluice_facts *facts, const char **ret_why_not)
{
        if (facts->out_kind != OUT_TCP)
                *ret_why_not = "MSG_ZEROCOPY is for TCP sockets only";
        else if (!facts->out_zerocopy)
                *ret_why_not = "the kernel does not know SO_ZEROCOPY";
        else if (facts->out_encrypts)
                *ret_why_not = FACTS_ENCRYPTED;
        else
                return true;
        return false;
}

static int zerocopy_open(struct method_view *view)
{
        int on = 1;
        if (!view->out_is_socket || call_setsockopt(&view->account, view->out_fd, SOL_SOCKET,
                                                    SO_ZEROCOPY, &on, sizeof(on)) < 0) {
                view->why_not = "MSG_ZEROCOPY is for TCP sockets only, and this one refuses "
                                "SO_ZEROCOPY";
                return -EOPNOTSUPP;
        }
        if (facts_out_encrypts(&view->account, view->out_fd)) {
                view->why_not = FACTS_ENCRYPTED;
                return -EOPNOTSUPP;
        }

        struct zerocopy *zerocopy = calloc(1, sizeof(*zerocopy));
        if (!zerocopy)
                return -ENOMEM;
        view->state = zerocopy;
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        size_t size = view->buffer_size ? view->buffer_size : BUFFER_DEFAULT;
        if (size > view->remaining)
                size = (size_t)view->remaining;
        zerocopy->size = (size + page - 1) / page * page;

        void *memory;
        int r = call_mmap(&view->account, &memory, BUFFERS * zerocopy->size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (r < 0)
                return r;
        zerocopy->memory = memory;
        return 0;
}

static unsigned char *buffer(const struct zerocopy *zerocopy)
{
        return zerocopy->memory + zerocopy->current * zerocopy->size;
}

/* Fills the next buffer, when the kernel is through with it. */
static enum step zerocopy_fill(struct method_view *view, struct zerocopy *zerocopy, size_t limit)
{
        unsigned next = (zerocopy->current + 1) % BUFFERS;
        if (completions_pinned(&zerocopy->completions, next)) {
                int r = completions_drain(&zerocopy->completions, &view->account, view->out_fd);
                if (r < 0)
                        return transfer_failed(view, r);
                if (completions_pinned(&zerocopy->completions, next))
                        return STEP_WAIT_COMPLETION;
        }

        size_t wanted = limit < zerocopy->size ? limit : zerocopy->size;
        zerocopy->current = next;
        ssize_t n =
                call_pread(&view->account, view->file_fd, buffer(zerocopy), wanted, view->offset);
        if (n < 0)
                return transfer_failed(view, n);
        if (n == 0)
                return STEP_SOURCE_SHORT;
        account_add(&view->account, SLUICE_BYTES_COPIED_IN, (uint64_t)n);
        zerocopy->start = 0;
        zerocopy->end = (size_t)n;
        return STEP_MORE;
}

/* Whether the next send can follow at once. If it has to wait for a completion,
 * what MSG_MORE held back would be what it waits for: 200 ms (tcp(7), TCP_CORK).
 * For the same reason the last bytes go out even if more of the message follows. */
static bool next_follows(const struct zerocopy *zerocopy, const struct method_view *view,
                         size_t length)
{
        if (completions_room(&zerocopy->completions) <= 1)
                return false;
        if (length < zerocopy->end - zerocopy->start)
                return true;
        return length < view->remaining &&
               !completions_pinned(&zerocopy->completions, (zerocopy->current + 1) % BUFFERS);
}

/* ENOBUFS: the share of locked memory or of the socket's option memory is used
 * up. As a copy then; with nothing in flight no completion would ever come. */
static ssize_t send_pinned(struct method_view *view, struct zerocopy *zerocopy, const void *data,
                           size_t length)
{
        ssize_t n = call_send(&view->account, view->out_fd, data, length,
                              MSG_ZEROCOPY | (next_follows(zerocopy, view, length) ? MSG_MORE : 0));
        if (n == -ENOBUFS)
                return transfer_write(view, data, length);
        if (n > 0) {
                completions_sent(&zerocopy->completions, zerocopy->current, (uint32_t)n);
                if ((size_t)n < length)
                        account_add(&view->account, SLUICE_SHORT_WRITES, 1);
        }
        return n;
}

static enum step zerocopy_step(struct method_view *view, size_t limit)
{
        struct zerocopy *zerocopy = view->state;

        if (zerocopy->start == zerocopy->end) {
                enum step step = zerocopy_fill(view, zerocopy, limit);
                if (step != STEP_MORE)
                        return step;
        }
        if (completions_room(&zerocopy->completions) == 0) {
                int r = completions_drain(&zerocopy->completions, &view->account, view->out_fd);
                if (r < 0)
                        return transfer_failed(view, r);
                if (completions_room(&zerocopy->completions) == 0)
                        return STEP_WAIT_COMPLETION;
        }

        size_t length = zerocopy->end - zerocopy->start;
        if (length > limit)
                length = limit;
        ssize_t n = send_pinned(view, zerocopy, buffer(zerocopy) + zerocopy->start, length);
        if (n < 0) {
                /* What lies in the error queue makes poll(2) return at once:
                 * fetch it, or the wait for room spins. */
                int r = completions_drain(&zerocopy->completions, &view->account, view->out_fd);
                return r < 0 ? transfer_failed(view, r) : transfer_send_error(view, n);
        }
        zerocopy->start += (size_t)n;
        transfer_advance(view, (size_t)n);
        return STEP_MORE;
}

static enum step zerocopy_settle(struct method_view *view)
{
        struct zerocopy *zerocopy = view->state;
        int r = completions_drain(&zerocopy->completions, &view->account, view->out_fd);
        if (r < 0)
                return transfer_failed(view, r);
        return completions_settled(&zerocopy->completions) ? STEP_SETTLED : STEP_WAIT_COMPLETION;
}

static void zerocopy_close(struct method_view *view)
{
        struct zerocopy *zerocopy = view->state;
        if (!zerocopy)
                return;
        if (zerocopy->memory)
                (void)call_munmap(&view->account, zerocopy->memory, BUFFERS * zerocopy->size);
        free(zerocopy);
}

const struct sluice_method method_zerocopy = {
        .name = "zerocopy",
        .summary = "read into a buffer, the card sends out of it (MSG_ZEROCOPY): one copy",
        .index = METHOD_INDEX_zerocopy,
        .keeps_socket =
                "the kernel counts what it has sent of a socket's transfers, whoever's it is: "
                "one that is given up would spoil all others",
        .no_sink = "what is saved is the copy into a socket, and a sink is none",
        .supports = zerocopy_supports,
        .open = zerocopy_open,
        .step = zerocopy_step,
        .settle = zerocopy_settle,
        .close = zerocopy_close,
};
