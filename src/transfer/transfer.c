/* One transfer: open, step, close; the budget; the fall-backs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "transfer/call.h"
#include "transfer/choose.h"
#include "transfer/transfer.h"

#define KNOWN_FLAGS                                                                      \
        (SLUICE_MORE_FOLLOWS | SLUICE_ASK_DISK | SLUICE_NO_FALLBACK | SLUICE_TO_SOCKET | \
         SLUICE_PUSH_STEPS | SLUICE_PREPARED)

static int ensure_facts(struct sluice_transfer *t)
{
        if (t->probed)
                return 0;
        int r = facts_probe(&t->view.account, t->view.file_fd,
                            t->view.sink ? FACTS_SINK : t->view.out_fd, &t->facts);
        if (r < 0)
                return r;
        t->probed = true;
        return 0;
}

static void method_close(struct sluice_transfer *t)
{
        if (t->opened && t->method->close)
                t->method->close(&t->view);
        t->view.state = NULL;
        t->opened = false;
}

/* Books that the method in use cannot work here and takes the next best.
 * Nothing has been sent yet. */
static int fall_back(struct sluice_transfer *t)
{
        const char *why = t->view.why_not ? t->view.why_not : "it is not supported here";

        method_close(t);
        t->given_up[t->method->index] = true;
        t->fallbacks[t->fallback_count++] = (struct fallback){t->method, why};
        account_add(&t->view.account, SLUICE_FALLBACKS, 1);
        t->view.why_not = NULL;
        if (t->flags & SLUICE_NO_FALLBACK)
                return -EOPNOTSUPP;

        int r = ensure_facts(t);
        if (r < 0)
                return r;
        const char *reason;
        const struct sluice_method *next =
                choose(&t->facts, t->view.remaining, t->given_up, &reason);
        if (!next)
                return -EOPNOTSUPP;
        t->method = next;
        t->reason = reason;
        return 0;
}

/* Opens the method in use, or the first behind it that can be. */
static int method_open(struct sluice_transfer *t)
{
        for (;;) {
                int r = -EOPNOTSUPP;
                if (t->view.sink && t->method->no_sink) {
                        t->view.why_not = t->method->no_sink;
                } else if (t->view.pushes && t->method->keeps_socket) {
                        t->view.why_not = t->method->keeps_socket;
                } else {
                        t->opened = true;
                        r = t->method->open ? t->method->open(&t->view) : 0;
                }
                if (r != -EOPNOTSUPP)
                        return r;
                r = fall_back(t);
                if (r < 0)
                        return r;
        }
}

/* Checks what a wrong descriptor would otherwise tell only mid-way. */
static int check_file(struct sluice_transfer *t)
{
        struct stat status;
        int r = call_fstat_regular(&t->view.account, t->view.file_fd, &status);
        if (r < 0)
                return r;
        residency_init(&t->residency, (uint64_t)status.st_dev, NULL);
        return 0;
}

static int check_out(struct sluice_transfer *t)
{
        struct stat status;
        t->view.out_is_socket = true;
        if (t->flags & SLUICE_TO_SOCKET || t->view.sink)
                return 0;
        int r = call_fstat(&t->view.account, t->view.out_fd, &status);
        if (r < 0)
                return r;
        t->view.out_is_socket = S_ISSOCK(status.st_mode);
        return 0;
}

static int check_descriptors(struct sluice_transfer *t, struct sluice_source *source)
{
        int r = 0;
        if (source)
                residency_init(&t->residency, source->device, source);
        else
                r = check_file(t);
        return r < 0 ? r : check_out(t);
}

static int choose_method(struct sluice_transfer *t, const struct sluice_method *method,
                         struct sluice_source *source)
{
        if (method) {
                t->method = method;
                t->reason = "it was asked for";
                return check_descriptors(t, source);
        }
        int r = ensure_facts(t);
        if (r < 0)
                return r;
        t->view.out_is_socket = t->facts.out_is_socket;
        residency_init(&t->residency, t->facts.file_device, source);
        t->method = choose(&t->facts, t->view.remaining, t->given_up, &t->reason);
        return t->method ? 0 : -EOPNOTSUPP;
}

/* Where to: out_fd, or a sink. */
static int transfer_open(sluice_transfer **ret_transfer, int out_fd, const sluice_sink *sink,
                         int file_fd, struct sluice_source *source, uint64_t offset,
                         uint64_t length, const sluice_method *method, unsigned flags)
{
        uint64_t end;
        if (flags & ~(unsigned)KNOWN_FLAGS || __builtin_add_overflow(offset, length, &end) ||
            end > INT64_MAX)
                return -EINVAL;

        struct sluice_transfer *t = calloc(1, sizeof(*t));
        if (!t)
                return -ENOMEM;
        t->view.out_fd = out_fd;
        if (sink) {
                t->sink = *sink;
                t->view.sink = &t->sink;
                t->view.out_fd = sink->fd;
        }
        t->view.file_fd = file_fd;
        t->view.offset = offset;
        t->view.remaining = length;
        t->view.more_follows = flags & SLUICE_MORE_FOLLOWS;
        t->view.pushes = flags & SLUICE_PUSH_STEPS;
        t->view.prepares = flags & SLUICE_PREPARED && flags & SLUICE_ASK_DISK;
        t->length = length;
        t->flags = flags;
        t->last = SLUICE_MORE;

        int r = choose_method(t, method, source);
        if (r < 0) {
                account_publish_calls(&t->view.account);
                free(t);
                return r;
        }
        *ret_transfer = t;
        return 0;
}

int sluice_open(sluice_transfer **ret_transfer, int out_fd, int file_fd, uint64_t offset,
                uint64_t length, const sluice_method *method, unsigned flags)
{
        return transfer_open(ret_transfer, out_fd, NULL, file_fd, NULL, offset, length, method,
                             flags);
}

int sluice_open_source(sluice_transfer **ret_transfer, int out_fd, sluice_source *source,
                       uint64_t offset, uint64_t length, const sluice_method *method,
                       unsigned flags)
{
        return transfer_open(ret_transfer, out_fd, NULL, source->fd, source, offset, length, method,
                             flags);
}

int sluice_open_sink(sluice_transfer **ret_transfer, const sluice_sink *sink, sluice_source *source,
                     uint64_t offset, uint64_t length, const sluice_method *method, unsigned flags)
{
        return transfer_open(ret_transfer, -1, sink, source->fd, source, offset, length, method,
                             flags);
}

int sluice_set_buffer_size(sluice_transfer *t, size_t bytes)
{
        if (bytes == 0)
                return -EINVAL;
        if (t->opened)
                return -EBUSY;
        t->view.buffer_size = bytes;
        return 0;
}

static enum sluice_step failed(struct sluice_transfer *t, int error)
{
        t->view.error = error;
        return SLUICE_FAILED;
}

/* The method says "not here": another one, unless bytes are already out. */
static enum sluice_step unsupported(struct sluice_transfer *t)
{
        if (t->view.remaining != t->length)
                return failed(t, t->view.error ? t->view.error : -EOPNOTSUPP);
        int r = fall_back(t);
        if (r == 0)
                r = method_open(t);
        return r < 0 ? failed(t, r) : SLUICE_MORE;
}

/* Such a socket does the waiting itself. Asked once. */
static bool is_blocking(struct sluice_transfer *t)
{
        if (t->flags & SLUICE_TO_SOCKET)
                return false;
        if (!t->mode_known) {
                int flags = call_fcntl(&t->view.account, t->view.out_fd, F_GETFL, 0);
                t->blocking = flags >= 0 && !(flags & O_NONBLOCK);
                t->mode_known = true;
        }
        return t->blocking;
}

/* The socket took less than was offered. To offer the rest at once sends crumbs, a
 * call each, while the peer reads: better to wait until there is room worth a
 * call. poll(2) says whether there is; where it says no, it has the kernel tell
 * when there will be (SOCK_NOSPACE), also to who waits for an edge. */
static enum sluice_step after_short_write(struct sluice_transfer *t)
{
        struct pollfd out = {.fd = t->view.out_fd, .events = POLLOUT};
        if (is_blocking(t) || call_poll(&t->view.account, &out, 1, 0) != 0)
                return SLUICE_MORE;
        return SLUICE_WANT_WRITE;
}

/* A sink takes nothing while it holds something. */
static enum sluice_step flush(struct sluice_transfer *t)
{
        int r = transfer_flush(&t->view);
        if (r == -EAGAIN)
                return SLUICE_WANT_WRITE;
        return r < 0 ? failed(t, r) : SLUICE_MORE;
}

uint64_t sluice_ready(sluice_transfer *t)
{
        if (t->unfit) {
                t->unfit = false;
                t->last = unsupported(t);
        }
        if (t->last == SLUICE_FAILED)
                return t->view.remaining; /* the step says so */
        if (transfer_prepares(t))
                return t->opened ? t->method->prepared(&t->view) : 0;
        if (!(t->flags & SLUICE_ASK_DISK) || t->method->past_page_cache || t->view.remaining == 0)
                return t->view.remaining;
        return residency_check(&t->residency, &t->view.account, t->view.file_fd, t->view.offset,
                               t->view.remaining);
}

/* One turn of the method; SLUICE_MORE when there is nothing to wait for. */
static enum sluice_step turn(struct sluice_transfer *t, uint64_t budget)
{
        enum sluice_step flushed = flush(t);
        if (flushed != SLUICE_MORE)
                return flushed;
        uint64_t ready = sluice_ready(t);
        if (t->last == SLUICE_FAILED)
                return SLUICE_FAILED;
        if (ready == 0)
                return SLUICE_WANT_DISK;
        if (budget > ready)
                budget = ready;
        size_t limit = budget < STEP_BYTES_MAX ? (size_t)budget : STEP_BYTES_MAX;
        uint64_t short_writes = account_count(&t->view.account, SLUICE_SHORT_WRITES);

        switch (t->method->step(&t->view, limit)) {
        case STEP_MORE:
                if (account_count(&t->view.account, SLUICE_SHORT_WRITES) > short_writes)
                        return after_short_write(t);
                return SLUICE_MORE;
        case STEP_SETTLED:
                return SLUICE_MORE;
        case STEP_WANT_WRITE:
                return SLUICE_WANT_WRITE;
        case STEP_WAIT_COMPLETION:
                return SLUICE_WAIT_COMPLETION;
        case STEP_SOURCE_SHORT:
                return SLUICE_SOURCE_SHORT;
        case STEP_UNSUPPORTED:
                return unsupported(t);
        case STEP_FAILED:
                break;
        }
        return SLUICE_FAILED;
}

/* Nothing is left to send: is anything left to wait for? */
static enum sluice_step settle(struct sluice_transfer *t)
{
        enum sluice_step flushed = flush(t);
        if (flushed != SLUICE_MORE)
                return flushed;
        if (!t->opened || !t->method->settle)
                return SLUICE_DONE;
        switch (t->method->settle(&t->view)) {
        case STEP_SETTLED:
                return SLUICE_DONE;
        case STEP_WAIT_COMPLETION:
                return SLUICE_WAIT_COMPLETION;
        default:
                return SLUICE_FAILED;
        }
}

/* A method whose steps wait for the disk has given way to one whose steps do not. */
static bool is_in_the_wrong_place(const struct sluice_transfer *t,
                                  const struct sluice_method *before)
{
        return t->flags & SLUICE_ASK_DISK && before->waits_for_disk && !t->method->waits_for_disk;
}

static enum sluice_step run(struct sluice_transfer *t, uint64_t budget)
{
        const struct sluice_method *before = t->method;

        /* An empty range touches nothing. */
        if (!t->opened && t->view.remaining > 0 && !transfer_prepares(t)) {
                int r = method_open(t);
                if (r < 0)
                        return failed(t, r);
        }

        uint64_t stop_at = budget && budget < t->view.remaining ? t->view.remaining - budget : 0;
        while (t->view.remaining > stop_at) {
                /* Whoever runs the former's on another thread has to run this one's on its own:
                 * what is known of the source is not for two. */
                if (is_in_the_wrong_place(t, before))
                        return SLUICE_MORE;
                enum sluice_step step = turn(t, t->view.remaining - stop_at);
                if (step != SLUICE_MORE)
                        return step;
        }
        return t->view.remaining > 0 ? SLUICE_MORE : settle(t);
}

enum sluice_step sluice_step(sluice_transfer *t, uint64_t budget)
{
        /* The end is the end, however often one asks. */
        if (t->last == SLUICE_DONE || t->last == SLUICE_SOURCE_SHORT || t->last == SLUICE_FAILED)
                return t->last;

        t->last = run(t, budget);
        if (t->last == SLUICE_WANT_WRITE || t->last == SLUICE_WANT_DISK ||
            t->last == SLUICE_WAIT_COMPLETION)
                account_add(&t->view.account, SLUICE_WAITS, 1);
        return t->last;
}

void sluice_close(sluice_transfer *t)
{
        if (!t)
                return;
        method_close(t);
        account_publish(&t->view.account, t->method->index);
        residency_done(&t->residency);
        free(t);
}
