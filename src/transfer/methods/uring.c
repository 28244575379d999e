/* io_uring(7): reads with O_DIRECT into registered buffers, several at a time,
 * and sends from those buffers with send_zc. The device writes them, the
 * network card reads them: no copy, and the page cache is left alone. For
 * cold giants.
 *
 * Sends go out in order, one at a time, never waiting in the kernel (a socket
 * that is full is waited for as in any other method), so that a transfer closed
 * early sends nothing more. A buffer is filled again only when the kernel has
 * notified that all sends from it are over. On close the ring is torn down in
 * the background; the kernel holds its own references to the buffers' pages, as
 * in zerocopy.c.
 *
 * Any thread may make the next step: no IORING_SETUP_SINGLE_ISSUER, and so no
 * DEFER_TASKRUN. */
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "transfer/call.h"
#include "transfer/direct_file.h"
#include "transfer/method.h"

#define BUFFERS 4
#define BUFFER_DEFAULT ((size_t)256 << 10)
#define SENDS_MAX 64 /* not yet notified of */

/* Every read and send, and a notification for each send. */
#define SUBMISSIONS (2 * BUFFERS)
#define COMPLETIONS 256

/* <linux/io_uring.h>, Linux 6.2; Debian 12's liburing is older. */
#ifndef IORING_SEND_ZC_REPORT_USAGE
#define IORING_SEND_ZC_REPORT_USAGE (1U << 3)
#endif
#ifndef IORING_NOTIF_USAGE_ZC_COPIED
#define IORING_NOTIF_USAGE_ZC_COPIED (1U << 31)
#endif

enum buffer_state {
        BUFFER_EMPTY, /* and free to be filled when nothing is pinned */
        BUFFER_READING,
        BUFFER_READY,
};

struct buffer {
        enum buffer_state state;
        unsigned pinned; /* sends out of it that the kernel is not through with */
        size_t start; /* of the bytes still to be sent */
        size_t end; /* of those wanted; once read: of those there */
        bool ends_short; /* the file ended before what was wanted */
};

struct send {
        bool in_flight;
        uint8_t buffer;
        uint32_t bytes; /* taken by the socket */
};

struct uring {
        struct io_uring ring;
        bool ring_made;
        struct direct_file file;
        unsigned char *memory; /* BUFFERS of size each, registered */
        size_t size;
        uint64_t read_offset; /* of the next byte to be read */
        uint64_t read_end;
        unsigned read_next; /* the buffer it goes to */
        unsigned send_next; /* the buffer being sent */
        struct buffer buffers[BUFFERS];
        /* A completion's user_data is the number of a buffer, for a read, or
         * BUFFERS and the number of a send. */
        struct send sends[SENDS_MAX];
        bool sending; /* the result of a send is still to come */
        int send_result; /* bytes or -errno; valid when !sending */
        int read_error; /* -errno */
};

static const char not_tcp[] = "io_uring's send_zc is for TCP sockets only";

static bool uring_supports(const struct sluice_facts *facts, const char **ret_why_not)
{
        if (facts->out_kind != OUT_TCP)
                *ret_why_not = not_tcp;
        else if (facts->out_encrypts)
                *ret_why_not = FACTS_ENCRYPTED;
        else if (!direct_file_supported(facts, ret_why_not))
                return false;
        else if (facts->uring_error < 0)
                *ret_why_not = facts_uring_why_not(facts->uring_error);
        else
                return true;
        return false;
}

static int refuse(struct method_view *view, const char *why_not)
{
        view->why_not = why_not;
        return -EOPNOTSUPP;
}

static int make_ring(struct method_view *view, struct uring *uring)
{
        struct io_uring_params params = {
                .flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
                .cq_entries = COMPLETIONS,
        };
        int r = call_uring_init(&view->account, SUBMISSIONS, &uring->ring, &params);
        if (r < 0)
                return refuse(view, facts_uring_why_not(r));
        uring->ring_made = true;
        return 0;
}

static int make_buffers(struct method_view *view, struct uring *uring)
{
        uring->size = direct_file_buffer_size(&uring->file, view, BUFFER_DEFAULT);
        void *memory;
        int r = call_mmap(&view->account, &memory, BUFFERS * uring->size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (r < 0)
                return r;
        uring->memory = memory;
        struct iovec parts[BUFFERS];
        for (size_t i = 0; i < BUFFERS; i++)
                parts[i] = (struct iovec){uring->memory + i * uring->size, uring->size};
        r = call_uring_register_buffers(&view->account, &uring->ring, parts, BUFFERS);
        return r < 0 ? refuse(view, facts_uring_why_not(r)) : 0;
}

static int uring_open(struct method_view *view)
{
        int domain = 0;
        socklen_t domain_size = sizeof(domain);
        if (!view->out_is_socket ||
            call_getsockopt(&view->account, view->out_fd, SOL_SOCKET, SO_DOMAIN, &domain,
                            &domain_size) < 0 ||
            (domain != AF_INET && domain != AF_INET6))
                return refuse(view, not_tcp);
        if (facts_out_encrypts(&view->account, view->out_fd))
                return refuse(view, FACTS_ENCRYPTED);

        struct uring *uring = calloc(1, sizeof(*uring));
        if (!uring)
                return -ENOMEM;
        int r = direct_file_open(view, &uring->file);
        if (r < 0) {
                free(uring);
                return r;
        }
        view->state = uring;
        uring->read_offset = view->offset;
        uring->read_end = view->offset + view->remaining;
        r = make_ring(view, uring);
        return r < 0 ? r : make_buffers(view, uring);
}

static void on_read(struct uring *uring, unsigned index, int result)
{
        struct buffer *buffer = &uring->buffers[index];

        buffer->state = BUFFER_READY;
        if (result < 0) {
                uring->read_error = result;
                return;
        }
        /* The last block of a file is short. */
        if ((size_t)result < buffer->end) {
                buffer->ends_short = true;
                buffer->end = (size_t)result > buffer->start ? (size_t)result : buffer->start;
        }
}

static void unpin(struct uring *uring, struct send *send)
{
        uring->buffers[send->buffer].pinned--;
        send->in_flight = false;
}

static void on_send(struct method_view *view, struct uring *uring, struct send *send,
                    const struct io_uring_cqe *cqe)
{
        if (cqe->flags & IORING_CQE_F_NOTIF) {
                if ((uint32_t)cqe->res & IORING_NOTIF_USAGE_ZC_COPIED)
                        account_add(&view->account, SLUICE_BYTES_COPIED_BY_KERNEL, send->bytes);
                unpin(uring, send);
                return;
        }
        uring->sending = false;
        uring->send_result = cqe->res;
        send->bytes = cqe->res > 0 ? (uint32_t)cqe->res : 0;
        /* A failed send may have a notification to come as well. */
        if (!(cqe->flags & IORING_CQE_F_MORE))
                unpin(uring, send);
}

static void reap(struct method_view *view, struct uring *uring)
{
        struct io_uring_cqe *cqe;
        unsigned head, count = 0;

        io_uring_for_each_cqe(&uring->ring, head, cqe)
        {
                uint64_t of = cqe->user_data;
                if (of < BUFFERS)
                        on_read(uring, (unsigned)of, cqe->res);
                else
                        on_send(view, uring, &uring->sends[(of - BUFFERS) % SENDS_MAX], cqe);
                count++;
        }
        io_uring_cq_advance(&uring->ring, count);
}

/* Fills what is free, in the order it will be sent. */
static void queue_reads(struct uring *uring)
{
        while (uring->read_offset < uring->read_end) {
                struct buffer *buffer = &uring->buffers[uring->read_next];
                if (buffer->state != BUFFER_EMPTY || buffer->pinned > 0)
                        return;

                uint64_t from = uring->read_offset / uring->file.align * uring->file.align;
                uint64_t left = uring->read_end - from;
                size_t length = left < uring->size ? (size_t)left : uring->size;
                buffer->state = BUFFER_READING;
                buffer->start = (size_t)(uring->read_offset - from);
                buffer->end = length;
                size_t wanted =
                        (length + uring->file.align - 1) / uring->file.align * uring->file.align;

                struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
                io_uring_prep_read_fixed(sqe, uring->file.fd,
                                         uring->memory + uring->read_next * uring->size,
                                         (unsigned)wanted, from, (int)uring->read_next);
                io_uring_sqe_set_data64(sqe, uring->read_next);
                uring->read_offset = from + length;
                uring->read_next = (uring->read_next + 1) % BUFFERS;
        }
}

/* The number of a free one; SENDS_MAX: none is. */
static unsigned free_send(const struct uring *uring)
{
        unsigned i = 0;
        while (i < SENDS_MAX && uring->sends[i].in_flight)
                i++;
        return i;
}

/* What MSG_MORE holds back must not be what a later send waits for: see
 * zerocopy.c. */
static bool next_follows(const struct uring *uring, const struct method_view *view, size_t length)
{
        const struct buffer *buffer = &uring->buffers[uring->send_next];
        if (length < buffer->end - buffer->start)
                return true;
        return length < view->remaining &&
               uring->buffers[(uring->send_next + 1) % BUFFERS].state != BUFFER_EMPTY;
}

/* Queues a send of what is ready. Returns its length; 0: nothing is, or too much
 * is under way. */
static size_t queue_send(struct method_view *view, struct uring *uring, size_t limit)
{
        struct buffer *buffer = &uring->buffers[uring->send_next];
        unsigned index = free_send(uring);

        if (buffer->state != BUFFER_READY || buffer->start == buffer->end || index == SENDS_MAX)
                return 0;
        size_t length = buffer->end - buffer->start;
        if (length > limit)
                length = limit;

        unsigned char *data = uring->memory + uring->send_next * uring->size + buffer->start;
        int flags =
                MSG_NOSIGNAL | MSG_DONTWAIT | (next_follows(uring, view, length) ? MSG_MORE : 0);
        struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
        io_uring_prep_send_zc_fixed(sqe, view->out_fd, data, length, flags,
                                    IORING_SEND_ZC_REPORT_USAGE, uring->send_next);
        io_uring_sqe_set_data64(sqe, BUFFERS + index);
        uring->sends[index] = (struct send){.in_flight = true, .buffer = (uint8_t)uring->send_next};
        buffer->pinned++;
        uring->sending = true;
        return length;
}

static enum step send_result(struct method_view *view, struct uring *uring, size_t length)
{
        struct buffer *buffer = &uring->buffers[uring->send_next];
        ssize_t n = uring->send_result;

        /* Out of memory for pinning: as a copy then. */
        if (n == -ENOBUFS || n == -ENOMEM)
                n = transfer_write(view,
                                   uring->memory + uring->send_next * uring->size + buffer->start,
                                   length);
        else if (n > 0 && (size_t)n < length)
                account_add(&view->account, SLUICE_SHORT_WRITES, 1);
        if (n == -EINVAL || n == -EOPNOTSUPP || n == -ENOTSOCK) {
                view->why_not = "this socket or kernel refuses io_uring's send_zc with a report "
                                "of its use (TCP, Linux 6.2)";
                view->error = (int)n;
                return STEP_UNSUPPORTED;
        }
        if (n < 0)
                return transfer_send_error(view, n);
        buffer->start += (size_t)n;
        transfer_advance(view, (size_t)n);
        return STEP_MORE;
}

/* Nothing was sent: why? */
static enum step nothing_ready(struct method_view *view, struct uring *uring)
{
        struct buffer *buffer = &uring->buffers[uring->send_next];

        if (uring->read_error == -EINVAL || uring->read_error == -EOPNOTSUPP) {
                view->why_not = "the file system refuses to read this file with O_DIRECT";
                view->error = uring->read_error;
                return STEP_UNSUPPORTED;
        }
        if (uring->read_error < 0)
                return transfer_failed(view, uring->read_error);
        if (buffer->state == BUFFER_READY && buffer->start == buffer->end)
                return STEP_SOURCE_SHORT;
        return STEP_WAIT_COMPLETION;
}

/* A buffer that was sent as a whole is free; its pages when notified. */
static void leave_sent(struct uring *uring)
{
        struct buffer *buffer = &uring->buffers[uring->send_next];
        if (buffer->state != BUFFER_READY || buffer->start < buffer->end || buffer->ends_short)
                return;
        buffer->state = BUFFER_EMPTY;
        uring->send_next = (uring->send_next + 1) % BUFFERS;
}

static enum step uring_step(struct method_view *view, size_t limit)
{
        struct uring *uring = view->state;

        reap(view, uring);
        leave_sent(uring);
        queue_reads(uring);
        size_t length = uring->read_error < 0 ? 0 : queue_send(view, uring, limit);
        int r = call_uring_submit(&view->account, &uring->ring);
        if (r < 0)
                return transfer_failed(view, r);
        /* Not reaped again: what has come meanwhile is what the ring's descriptor
         * is readable for. */
        if (length == 0)
                return nothing_ready(view, uring);
        reap(view, uring);
        /* With MSG_DONTWAIT a send is over when it has been submitted. */
        if (uring->sending)
                return transfer_failed(view, -EIO);
        return send_result(view, uring, length);
}

static enum step uring_settle(struct method_view *view)
{
        struct uring *uring = view->state;

        reap(view, uring);
        for (size_t i = 0; i < BUFFERS; i++)
                if (uring->buffers[i].pinned > 0)
                        return STEP_WAIT_COMPLETION;
        return STEP_SETTLED;
}

static void uring_wait_for(const struct method_view *view, int *ret_fd, short *ret_events)
{
        const struct uring *uring = view->state;
        *ret_fd = uring->ring.ring_fd;
        *ret_events = POLLIN;
}

static void uring_close(struct method_view *view)
{
        struct uring *uring = view->state;
        if (!uring)
                return;
        if (uring->ring_made)
                call_uring_exit(&view->account, &uring->ring);
        if (uring->memory)
                (void)call_munmap(&view->account, uring->memory, BUFFERS * uring->size);
        call_close(&view->account, &uring->file.fd);
        free(uring);
}

const struct sluice_method method_uring = {
        .name = "uring",
        .summary = "io_uring: read past the page cache, send without a copy, several at a time",
        .index = METHOD_INDEX_uring,
        .past_page_cache = true,
        .keeps_socket =
                "its sends are still under way between two steps: what others send would get "
                "among them",
        .no_sink = "what is saved is the copy into a socket, and a sink is none",
        .supports = uring_supports,
        .open = uring_open,
        .step = uring_step,
        .settle = uring_settle,
        .wait_for = uring_wait_for,
        .close = uring_close,
};
