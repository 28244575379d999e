/* The contract every method fulfils. methods/copy.c is the living template; a
 * new method is one file there and one line in methods.def. */
#pragma once

#include <sys/types.h>

#include "transfer/account.h"
#include "transfer/facts.h"

/* At most this much leaves in one system call: more gains nothing and is unfair
 * to the loop's other connections. */
#define STEP_BYTES_MAX ((size_t)2 << 20)

/* What one step of a method answers. */
enum step {
        STEP_MORE, /* bytes were sent (transfer_advance() was called) */
        STEP_WANT_WRITE, /* the socket took nothing: it is full */
        STEP_WAIT_COMPLETION, /* wait for what wait_for() says */
        STEP_SETTLED, /* settle() only: nothing is pinned any more */
        STEP_SOURCE_SHORT, /* the file ended with bytes still owed */
        STEP_UNSUPPORTED, /* not here; legal only before the first byte; why_not is set */
        STEP_FAILED, /* error is set */
};

/* What a method sees of the transfer it works for. */
struct method_view {
        int out_fd; /* with a sink: what to wait for when it is full */
        const sluice_sink *sink; /* NULL: out_fd takes the bytes */
        int file_fd;
        uint64_t offset; /* of the next byte to send */
        uint64_t remaining; /* bytes still owed */
        bool out_is_socket; /* send(2) and its flags work */
        bool more_follows; /* SLUICE_MORE_FOLLOWS */
        bool pushes; /* SLUICE_PUSH_STEPS */
        bool prepares; /* SLUICE_PREPARED: step sends only what prepare has read */
        size_t buffer_size; /* 0: the method's own default */
        struct account account;
        const char *why_not; /* with STEP_UNSUPPORTED or open's -EOPNOTSUPP; static text */
        int error; /* with STEP_FAILED: -errno */
        void *state; /* the method's own; made by open, freed by close */
};

struct sluice_method {
        const char *name;
        const char *summary;
        enum method_index index;

        /* It does not read through the page cache: residency is not asked. */
        bool past_page_cache;
        /* Then: its steps wait for the disk themselves. */
        bool waits_for_disk;

        /* Why nothing else can be sent on the socket between its steps, in words,
         * static; NULL: it can. */
        const char *keeps_socket;

        /* Why it cannot give its bytes to a sink, in words, static; NULL: it can, by
         * transfer_write(). */
        const char *no_sink;

        /* Can it work under these facts? If not, *ret_why_not says why, in
         * words, static. Pure. */
        bool (*supports)(const struct sluice_facts *facts, const char **ret_why_not);

        /* Makes view->state. -EOPNOTSUPP with why_not set: the next choice
         * takes over; any other error ends the transfer. Optional. */
        int (*open)(struct method_view *view);

        /* Sends at most limit bytes, 0 < limit <= view->remaining, by as few
         * calls as one turn needs. */
        enum step (*step)(struct method_view *view, size_t limit);

        /* Of one that waits for the disk, and has open and close: reads what the next steps
         * send, unless some of that is left. STEP_MORE when there is some; else as step. And
         * how many bytes there are. */
        enum step (*prepare)(struct method_view *view);
        uint64_t (*prepared)(const struct method_view *view);

        /* When nothing remains to be sent: STEP_SETTLED, or
         * STEP_WAIT_COMPLETION while the kernel still holds pages. Optional. */
        enum step (*settle)(struct method_view *view);

        /* What STEP_WAIT_COMPLETION waits for. Optional: the socket's POLLERR. */
        void (*wait_for)(const struct method_view *view, int *ret_fd, short *ret_events);

        /* Frees view->state, also after a failed or half-done open. Optional. */
        void (*close)(struct method_view *view);
};

#define METHOD(name) extern const struct sluice_method method_##name;
#include "transfer/methods.def"
#undef METHOD

/* Books n bytes as sent: moves offset and remaining on. */
void transfer_advance(struct method_view *view, size_t n);

/* Whether the kernel may keep the last of these length bytes for those behind them. */
static inline bool transfer_holds_back(const struct method_view *view, size_t length)
{
        return view->more_follows || (length < view->remaining && !view->pushes);
}

/* Writes to the socket or pipe, without SIGPIPE where the kernel lets us choose; or
 * to the sink, which takes all or nothing.
 * The number of bytes taken, or -errno. Books the copy out of user space. */
ssize_t transfer_write(struct method_view *view, const void *data, size_t length);

/* What a sink still holds of what it took: 0: nothing, -EAGAIN, or another -errno. */
int transfer_flush(const struct method_view *view) __attribute__((warn_unused_result));

/* Ends the transfer with -errno. */
static inline enum step transfer_failed(struct method_view *view, ssize_t error)
{
        view->error = (int)error;
        return STEP_FAILED;
}

/* Turns -errno of a send into the step it means. */
enum step transfer_send_error(struct method_view *view, ssize_t error);
