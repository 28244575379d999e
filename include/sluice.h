/* libsluice: moves a range of a file to a socket or a pipe by the method that
 * costs least here, and says truthfully what it cost.
 *
 * The caller owns the descriptors and the event loop. One thread at a time may
 * use a transfer; different transfers are independent of each other. Functions
 * return 0 or a negative errno value; errno itself is never part of the
 * contract; what comes back through a ret_ pointer is untouched on failure.
 *
 * SIGPIPE: sendfile(2) and splice(2) raise it when the peer has gone. The
 * caller ignores it (signal(SIGPIPE, SIG_IGN)); a transfer then ends with
 * SLUICE_FAILED and -EPIPE.
 *
 * Manual: libsluice(3), and a page a function. */
#ifndef SLUICE_H
#define SLUICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_MUST_CHECK __attribute__((warn_unused_result))

/* ---- Methods ---------------------------------------------------------- */

/* A way for bytes to get from a file to a socket. Static; compare by pointer. */
typedef struct sluice_method sluice_method;

/* The method at index, 0 upwards, in the order of the table; NULL behind the
 * last. */
const sluice_method *sluice_method_at(size_t index);

/* The method called name ("copy", "sendfile", ...); NULL when there is none.
 * "auto" is not a method: it is the choice, made where NULL is given. */
const sluice_method *sluice_method_find(const char *name);

const char *sluice_method_name(const sluice_method *method);

/* What it does, in one line. */
const char *sluice_method_summary(const sluice_method *method);

/* Why nothing else can be sent on a socket between the steps of such a transfer,
 * in words, static: with SLUICE_PUSH_STEPS it gives way. NULL: it can. */
const char *sluice_method_keeps_socket(const sluice_method *method);

/* ---- What is possible here, and what is best --------------------------- */

/* What this kernel, this file and this socket can do. */
typedef struct sluice_facts sluice_facts;

/* Asks the kernel about a file and where it shall go. Both descriptors are
 * borrowed for the call. Costs a dozen system calls, no input or output.
 * Errors: -EBADF, -ENOMEM, -EISDIR, -EINVAL (not a regular file). */
SLUICE_MUST_CHECK int sluice_facts_probe(sluice_facts **ret_facts, int file_fd, int out_fd);
/* The same, where the bytes shall go to a sink (sluice_open_sink()). */
SLUICE_MUST_CHECK int sluice_facts_probe_sink(sluice_facts **ret_facts, int file_fd);
void sluice_facts_free(sluice_facts *facts);

/* Whether the method can work under these facts. If not, *ret_why_not (may be
 * NULL) gets the reason in words; static. */
bool sluice_method_supported(const sluice_method *method, const sluice_facts *facts,
                             const char **ret_why_not);

/* How it can be known here whether a file's bytes are in memory, which is what
 * SLUICE_ASK_DISK asks: "cachestat" (cachestat(2) and RWF_NOWAIT), "nowait"
 * (RWF_NOWAIT alone: a window's first and last byte), or "unknown": this file
 * system says nothing, and a step may wait for a disk. Static. */
const char *sluice_residency_name(const sluice_facts *facts);

/* The method "auto" takes for length bytes, and why, in words (static;
 * ret_reason may be NULL). A pure function of its arguments. Never NULL: "copy"
 * works everywhere. */
const sluice_method *sluice_choose(const sluice_facts *facts, uint64_t length,
                                   const char **ret_reason);

/* ---- A transfer --------------------------------------------------------- */

typedef struct sluice_transfer sluice_transfer;

enum sluice_flag {
        /* More bytes of the same message follow behind this range: the last
         * packet may wait for them (MSG_MORE). */
        SLUICE_MORE_FOLLOWS = 1 << 0,
        /* Never block on a disk: when the next bytes are not in the page
         * cache, sluice_step() answers SLUICE_WANT_DISK instead. */
        SLUICE_ASK_DISK = 1 << 1,
        /* Fail with -EOPNOTSUPP rather than fall back to another method. */
        SLUICE_NO_FALLBACK = 1 << 2,
        /* The caller knows that out_fd is a non-blocking stream socket: it is not
         * asked. */
        SLUICE_TO_SOCKET = 1 << 3,
        /* What a step sends leaves at once, though more of the range is left: between
         * its steps the caller sends something else. */
        SLUICE_PUSH_STEPS = 1 << 4,
        /* With SLUICE_ASK_DISK: no step waits for a disk by itself either. A method that
         * reads past the page cache (direct) sends what sluice_prepare() has read; when
         * that is nothing, the answer is SLUICE_WANT_DISK. */
        SLUICE_PREPARED = 1 << 5,
};

/* What sluice_step() says. Anything but DONE, SOURCE_SHORT and FAILED asks for
 * another step. */
enum sluice_step {
        SLUICE_DONE, /* every byte has been handed over; nothing is pinned any more */
        SLUICE_MORE, /* the budget is used up: be fair to others, then step again */
        SLUICE_WANT_WRITE, /* the socket is full: step when sluice_wait_for() says so */
        SLUICE_WANT_DISK, /* only with SLUICE_ASK_DISK: run sluice_warm() elsewhere first, or
                             sluice_prepare() */
        SLUICE_WAIT_COMPLETION, /* the kernel still holds pages: keep file and socket open, step
                                   when sluice_wait_for() says so */
        SLUICE_SOURCE_SHORT, /* the file ended before the promised length */
        SLUICE_FAILED, /* sluice_error() tells why */
};

/* Prepares to send length bytes of file_fd from offset on to out_fd.
 *
 * file_fd: a regular file, open for reading; its own position is neither used
 *   nor moved. out_fd: a stream socket or a pipe, blocking or not. Both are
 *   borrowed until sluice_close().
 * method: NULL chooses (see sluice_choose()). A method that cannot work here
 *   gives way to the next best before the first byte; sluice_fallback() tells.
 * flags: of enum sluice_flag.
 *
 * A range that reaches behind the file's end is accepted: the file may grow;
 * if not, the transfer ends with SLUICE_SOURCE_SHORT.
 * Errors: -EBADF, -EINVAL (not a regular file, offset + length over 2^63-1,
 * unknown flag), -EISDIR, -ENOMEM. */
SLUICE_MUST_CHECK int sluice_open(sluice_transfer **ret_transfer, int out_fd, int file_fd,
                                  uint64_t offset, uint64_t length, const sluice_method *method,
                                  unsigned flags);

/* What is known of a file from one transfer to the next, for who sends many
 * ranges of it: that it is a regular file, and which of its parts were in memory
 * within the last second. One thread at a time. */
typedef struct sluice_source sluice_source;

/* file_fd: as for sluice_open(); borrowed until sluice_source_close(), before
 * which every transfer from the source ends. Errors: -EBADF, -EINVAL, -EISDIR,
 * -ENOMEM. */
SLUICE_MUST_CHECK int sluice_source_open(sluice_source **ret_source, int file_fd);
void sluice_source_close(sluice_source *source);

/* As sluice_open(), from a source. */
SLUICE_MUST_CHECK int sluice_open_source(sluice_transfer **ret_transfer, int out_fd,
                                         sluice_source *source, uint64_t offset, uint64_t length,
                                         const sluice_method *method, unsigned flags);

/* A destination that is not a descriptor but takes the bytes itself, to encrypt
 * them, say. */
typedef struct sluice_sink {
        void *context;
        /* Takes all of the bytes, which it may look at during the call, or none: 0; or
         * -EAGAIN: it is full; or another negative errno value, which ends the transfer.
         * more_follows: these are not the last of the message. */
        int (*write)(void *context, const void *data, size_t length, bool more_follows);
        /* Passes on what it still holds: 0 when it holds nothing; -EAGAIN; or another. */
        int (*flush)(void *context);
        /* Optional. Where it would like the next bytes to be put: room for *length, or for
         * fewer, which it then says; write() is called with that address. NULL: nowhere. */
        void *(*reserve)(void *context, size_t *length);
        int fd; /* has room (POLLOUT) when the sink, being full, can go on: sluice_wait_for()
                   answers with it */
} sluice_sink;

/* As sluice_open_source(), to a sink. The sink's context is borrowed until
 * sluice_close(); SLUICE_DONE comes when flush() has said 0. Every byte passes
 * through user space: methods that cannot do that give way. */
SLUICE_MUST_CHECK int sluice_open_sink(sluice_transfer **ret_transfer, const sluice_sink *sink,
                                       sluice_source *source, uint64_t offset, uint64_t length,
                                       const sluice_method *method, unsigned flags);

/* The size of the buffer or window of the methods that have one (all but
 * sendfile), in bytes; rounded to what the method needs. Before the first step
 * only: -EBUSY later; -EINVAL for 0. */
SLUICE_MUST_CHECK int sluice_set_buffer_size(sluice_transfer *transfer, size_t bytes);

/* Sends up to budget bytes (0: as many as possible) and says what to do next.
 * On a non-blocking socket it never waits. */
enum sluice_step sluice_step(sluice_transfer *transfer, uint64_t budget);

/* What to wait for after SLUICE_WANT_WRITE or SLUICE_WAIT_COMPLETION: a
 * descriptor and the events of poll(2). POLLERR needs no asking for, so events
 * may be 0. -EINVAL when the last step asked for nothing of the kind. */
SLUICE_MUST_CHECK int sluice_wait_for(const sluice_transfer *transfer, int *ret_fd,
                                      short *ret_events);

/* Bytes handed to the kernel so far. */
uint64_t sluice_sent(const sluice_transfer *transfer);

/* How many of the next bytes a step can send without waiting for a disk, as far as is
 * known: for who must know before the step. 0: sluice_window() is to be warmed first.
 * Without SLUICE_ASK_DISK, and when nothing is known: all that are left. */
uint64_t sluice_ready(sluice_transfer *transfer);

/* The window that SLUICE_WANT_DISK, or no byte ready, asks for. */
void sluice_window(const sluice_transfer *transfer, uint64_t *ret_offset, uint64_t *ret_length);

/* How many bytes behind that window will be wanted next. */
uint64_t sluice_window_ahead(const sluice_transfer *transfer);

/* Whether that is answered by sluice_prepare(): the bytes are not wanted in the page
 * cache. Only with SLUICE_PREPARED. */
bool sluice_wants_prepare(const sluice_transfer *transfer);

/* Reads what the next steps send into the transfer's own buffer. May wait for a disk: call
 * it where that hurts nobody, as if it were a step; nothing else may use the transfer
 * meanwhile. Errors: those of the reads (-EIO); -ENODATA when the file ended early;
 * -EINVAL when it is not wanted. */
SLUICE_MUST_CHECK int sluice_prepare(sluice_transfer *transfer);

/* Whether a step may wait for a disk: always without SLUICE_ASK_DISK; with it,
 * when the method reads past the page cache (direct) and nothing is prepared, or
 * when the file system says nothing about what is in memory. Such steps belong where waiting hurts
 * nobody. May turn to true while the transfer goes on. */
bool sluice_may_wait_for_disk(const sluice_transfer *transfer);

/* Why the last step was SLUICE_FAILED: a negative errno value. 0 otherwise. */
int sluice_error(const sluice_transfer *transfer);

/* Ends the transfer, finished or not, and frees all it holds. Accepts NULL.
 * Pages the kernel still sends from stay valid. A socket on which a zerocopy
 * transfer was closed before SLUICE_DONE can carry no other one. What is left of
 * uring's ring is cleared away later, in the threads that made steps: a call there
 * that waits with a time limit may fail with EINTR then, without a signal. */
void sluice_close(sluice_transfer *transfer);

/* Opens, steps and waits until the range is sent or cannot be. For callers
 * with nothing else to do. *ret_sent (may be NULL) is set also on failure.
 * Errors: those of sluice_open() and of the system calls; -ENODATA when the
 * file ended early. */
SLUICE_MUST_CHECK int sluice_send(int out_fd, int file_fd, uint64_t offset, uint64_t length,
                                  const sluice_method *method, uint64_t *ret_sent);

/* ---- The disk ----------------------------------------------------------- */

/* Reads length bytes from offset into the page cache; returns when they are
 * there. May block: call it where that hurts nobody. Errors: those of mmap(2)
 * and of the reads (-EIO); -ENODATA when the file ends before the range does. */
SLUICE_MUST_CHECK int sluice_warm(int file_fd, uint64_t offset, uint64_t length);

/* The same, and then has the disk begin with the ahead bytes behind the range
 * (sluice_window_ahead()), without waiting for them: it reads them while the
 * window is being sent. */
SLUICE_MUST_CHECK int sluice_warm_ahead(int file_fd, uint64_t offset, uint64_t length,
                                        uint64_t ahead);

/* Limits what the process's transfers have had warmed and not sent yet, all together: where
 * many do so at a time, sluice_window() and sluice_window_ahead() say less, down to 128
 * KiB each and nothing. At first there is no limit; it is for transfers' next windows. */
void sluice_limit_ahead(uint64_t bytes);

/* How many bytes that are now, as far as transfers have said what they want; and the limit
 * (may be NULL), UINT64_MAX if there is none. */
uint64_t sluice_process_ahead(uint64_t *ret_limit);

/* ---- What it cost -------------------------------------------------------- */

enum sluice_counter {
        SLUICE_BYTES_SENT,
        SLUICE_BYTES_COPIED_IN, /* by the CPU, from the kernel into user space */
        SLUICE_BYTES_COPIED_OUT, /* by the CPU, from user space into the kernel */
        SLUICE_BYTES_COPIED_BY_KERNEL, /* by the kernel, although asked not to */
        SLUICE_SYSTEM_CALLS, /* every one made for the transfer */
        SLUICE_SHORT_WRITES, /* the socket took less than offered */
        SLUICE_WAITS, /* steps that answered WANT_ or WAIT_ */
        SLUICE_FALLBACKS, /* methods given up before the first byte */
        SLUICE_COUNTERS,
};

/* The counter's name, as in "bytes_copied_in"; NULL for SLUICE_COUNTERS. */
const char *sluice_counter_name(enum sluice_counter counter);

uint64_t sluice_count(const sluice_transfer *transfer, enum sluice_counter counter);

/* System calls by name: the index-th of those that can be made, 0 upwards, and
 * how often it was. NULL behind the last. */
const char *sluice_calls(const sluice_transfer *transfer, size_t index, uint64_t *ret_count);

/* The method in use now, and in words why (ret_reason may be NULL). */
const sluice_method *sluice_method_used(const sluice_transfer *transfer, const char **ret_reason);

/* The index-th fall-back: the method given up; *ret_reason (may be NULL) says
 * why. NULL behind the last. */
const sluice_method *sluice_fallback(const sluice_transfer *transfer, size_t index,
                                     const char **ret_reason);

/* The same counters over all transfers that this process has closed, by one
 * method, or by all where method is NULL. */
uint64_t sluice_process_count(const sluice_method *method, enum sluice_counter counter);

/* As sluice_calls(), for the process; probes and sluice_warm() included. */
const char *sluice_process_calls(size_t index, uint64_t *ret_count);

#ifdef __cplusplus
}
#endif

#endif
