#include "transfer/residency.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "transfer/call.h"
#include "transfer/mounts.h"

#define MISSES_MAX 3

/* What was read ahead of a window, 8 MiB, has arrived by then from any disk. */
#define WARMING_LASTS_NS (10 * NS_PER_S)

enum answer {
        ANSWER_RESIDENT,
        ANSWER_MISSING,
        ANSWER_UNKNOWN,
        ANSWER_BEHIND_END, /* the range reaches behind the file's end */
};

void residency_init(struct residency *residency, uint64_t device, struct sluice_source *source)
{
        *residency = (struct residency){
                .device = device,
                .way = mounts_get(device),
                .source = source,
        };
}

void residency_done(struct residency *residency)
{
        ahead_done(&residency->ahead);
}

static void learn(struct residency *residency, enum residency_way way)
{
        if (residency->way == way)
                return;
        residency->way = way;
        mounts_set(residency->device, way);
}

/* 1: it is there; 0: behind the end; -EAGAIN: it is not; -EOPNOTSUPP: the file
 * system does not say. */
static ssize_t byte_there(struct account *account, int file_fd, uint64_t offset)
{
        char byte;
        struct iovec part = {.iov_base = &byte, .iov_len = 1};
        ssize_t n = call_preadv2(account, file_fd, &part, 1, offset, RWF_NOWAIT);
        if (n == -ENOSYS || n == -EINVAL)
                return -EOPNOTSUPP;
        /* Any other error is for the step to find, which will meet it too. */
        return n < 0 && n != -EAGAIN && n != -EOPNOTSUPP ? 1 : n;
}

/* On the coarse clock, which costs no system call. */
static _Atomic uint64_t warmed_ns;

void residency_note_warming(void)
{
        atomic_store_explicit(&warmed_ns, clock_coarse_ns(), memory_order_relaxed);
}

static bool pages_are_read_ahead(const struct residency *residency)
{
        if (residency->window > 0)
                return true;
        uint64_t warmed = atomic_load_explicit(&warmed_ns, memory_order_relaxed);
        return warmed > 0 && clock_coarse_ns() - warmed < WARMING_LASTS_NS;
}

static bool pages_may_be_on_their_way(const struct residency *residency)
{
        return residency->known_until == 0 || pages_are_read_ahead(residency);
}

/* The pages of the range, and how many of them are in the cache or on their way. */
static int count_pages(struct account *account, int file_fd, uint64_t offset, uint64_t length,
                       uint64_t *ret_pages, uint64_t *ret_cached)
{
        uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
        uint64_t first = offset / page * page;
        *ret_pages = (offset + length - first + page - 1) / page;
        *ret_cached = 0;
        return call_cachestat(account, file_fd, first, *ret_pages * page, ret_cached);
}

/* By RWF_NOWAIT alone: the window's two ends stand for what is between. A byte
 * that is not there is read from the disk for having been asked for
 * (filemap_get_pages() starts read-ahead), so the first is asked first: the other
 * would be there the next time, and stand for pages that are not. */
static enum answer ask_ends(struct account *account, int file_fd, uint64_t offset, uint64_t length)
{
        ssize_t there = byte_there(account, file_fd, offset);
        if (there > 0)
                there = byte_there(account, file_fd, offset + length - 1);
        if (there == -EAGAIN)
                return ANSWER_MISSING;
        if (there == 0)
                return ANSWER_BEHIND_END;
        return there > 0 ? ANSWER_RESIDENT : ANSWER_UNKNOWN;
}

/* Where cachestat is no help, or none that can be trusted. */
static enum answer ask_ends_alone(struct residency *residency, struct account *account, int file_fd,
                                  uint64_t offset, uint64_t length)
{
        enum answer answer = ask_ends(account, file_fd, offset, length);
        learn(residency, answer == ANSWER_UNKNOWN ? RESIDENCY_UNKNOWN : RESIDENCY_NOWAIT);
        return answer;
}

/* Pages are missing, or this file system counts none whatever is cached, or the
 * file has no more. To tell, bytes would have to be asked for: only once the
 * window has been warmed, when they should be there. */
static enum answer ask_why_missing(struct residency *residency, struct account *account,
                                   int file_fd, uint64_t offset, uint64_t length, bool none)
{
        if (residency->missed == 0 || residency->missing_at != offset)
                return ANSWER_MISSING;
        ssize_t last = byte_there(account, file_fd, offset + length - 1);
        if (last == 0)
                return ANSWER_BEHIND_END;
        if (last > 0 && none && residency->way == RESIDENCY_UNDECIDED)
                return ask_ends_alone(residency, account, file_fd, offset, length);
        return ANSWER_MISSING;
}

static enum answer ask(struct residency *residency, struct account *account, int file_fd,
                       uint64_t offset, uint64_t length)
{
        uint64_t pages, cached;

        if (residency->way == RESIDENCY_UNDECIDED) /* others may have learnt since */
                residency->way = mounts_get(residency->device);
        if (residency->way == RESIDENCY_UNKNOWN)
                return ANSWER_UNKNOWN;
        if (residency->way == RESIDENCY_NOWAIT ||
            count_pages(account, file_fd, offset, length, &pages, &cached) < 0)
                return ask_ends_alone(residency, account, file_fd, offset, length);
        if (cached > 0)
                learn(residency, RESIDENCY_CACHESTAT);
        if (cached < pages)
                return ask_why_missing(residency, account, file_fd, offset, length, cached == 0);
        if (!pages_may_be_on_their_way(residency))
                return ANSWER_RESIDENT;
        /* All are counted, so asking reads nothing. */
        enum answer answer = ask_ends(account, file_fd, offset, length);
        if (answer != ANSWER_UNKNOWN)
                return answer;
        /* Nobody says here whether what is counted has arrived (FUSE has no RWF_NOWAIT);
         * who warms the window will know. */
        bool warmed = residency->missed > 0 && residency->missing_at == offset;
        return pages_are_read_ahead(residency) && !warmed ? ANSWER_MISSING : ANSWER_RESIDENT;
}

static enum answer ask_up_to_end(struct residency *residency, struct account *account, int file_fd,
                                 uint64_t offset, uint64_t length)
{
        enum answer answer = ask(residency, account, file_fd, offset, length);
        if (answer != ANSWER_BEHIND_END)
                return answer;
        struct statx status;
        /* The step is to find out what is wrong, or that nothing is left. */
        if (call_statx(account, file_fd, AT_STATX_DONT_SYNC, STATX_SIZE, &status) < 0 ||
            status.stx_size <= offset)
                return ANSWER_RESIDENT;
        length = number_least(length, status.stx_size - offset);
        answer = ask(residency, account, file_fd, offset, length);
        return answer == ANSWER_BEHIND_END ? ANSWER_RESIDENT : answer;
}

static uint64_t found(struct residency *residency, uint64_t offset, uint64_t length,
                      uint64_t asked_ns)
{
        residency->known_until = offset + length;
        residency->known_ns = asked_ns;
        residency->missed = 0;
        return length;
}

static void note_missing(struct residency *residency, uint64_t offset, uint64_t remaining)
{
        if (residency->window > 0 && residency->missing_at == offset) {
                residency->missed++;
                return;
        }
        uint64_t window = residency->window == 0
                                  ? RESIDENCY_WINDOW_MIN
                                  : number_least(residency->window * 2, RESIDENCY_WINDOW_MAX);
        residency->behind = number_least(window * 2, RESIDENCY_WINDOW_MAX);
        residency->window = ahead_fit(&residency->ahead, window, &residency->behind);
        ahead_hold(&residency->ahead, offset,
                   number_least(residency->window + residency->behind, remaining));
        residency->missing_at = offset;
        residency->missed = 1;
}

/* The block that offset lies in, asked about as a whole, once for all the ranges of it
 * that are sent soon. NULL: blocks are of no use. */
static struct source_block *ask_block(struct residency *residency, struct account *account,
                                      int file_fd, uint64_t offset)
{
        uint64_t index = offset / RESIDENCY_WINDOW_MAX, start = index * RESIDENCY_WINDOW_MAX;
        bool known;

        /* What a file has grown by since has no block that is whole. */
        if (!residency->source || residency->way == RESIDENCY_NOWAIT ||
            offset >= residency->source->size)
                return NULL;
        struct source_block *block =
                source_block(residency->source, index, clock_coarse_ns(), &known);
        if (!block || known)
                return block;
        uint64_t length = number_least(RESIDENCY_WINDOW_MAX, residency->source->size - start);
        if (ask_up_to_end(residency, account, file_fd, start, length) == ANSWER_RESIDENT)
                source_block_found(block, start, start + length);
        return block;
}

/* Not the crumb before another's end, which would be a call for a few bytes. */
static bool block_suffices(const struct source_block *block, uint64_t offset, uint64_t remaining)
{
        uint64_t wanted = number_least(remaining, RESIDENCY_WINDOW_MIN);
        uint64_t end = block->index * RESIDENCY_WINDOW_MAX;
        return block->from <= offset &&
               (offset + wanted <= block->until || (offset < end && block->until == end));
}

uint64_t residency_check(struct residency *residency, struct account *account, int file_fd,
                         uint64_t offset, uint64_t remaining)
{
        /* A slow reader takes its time, in which memory may be wanted for something else. */
        if (offset < residency->known_until &&
            clock_coarse_ns() - residency->known_ns < SOURCE_BELIEVED_NS)
                return number_least(residency->known_until - offset, remaining);
        ahead_settle(&residency->ahead, offset);
        if (residency->way == RESIDENCY_UNKNOWN)
                return remaining;
        struct source_block *block = ask_block(residency, account, file_fd, offset);
        if (block && block_suffices(block, offset, remaining))
                return found(residency, offset, number_least(block->until - offset, remaining),
                             block->asked_ns);

        /* A file found cold is asked about in the pieces it is warmed in. */
        uint64_t length =
                residency->way == RESIDENCY_NOWAIT ? RESIDENCY_WINDOW_MIN : RESIDENCY_WINDOW_MAX;
        if (residency->window)
                length = residency->window;
        length = number_least(length, remaining);
        for (;;) {
                enum answer answer = ask_up_to_end(residency, account, file_fd, offset, length);
                if (answer == ANSWER_RESIDENT) {
                        if (block)
                                source_block_found(block, offset, offset + length);
                        return found(residency, offset, length, clock_coarse_ns());
                }
                if (answer == ANSWER_UNKNOWN)
                        return remaining;
                /* By bytes alone, asking about each half would begin to read it. */
                if (length <= RESIDENCY_WINDOW_MIN || residency->way == RESIDENCY_NOWAIT)
                        break;
                length = length / 2 > RESIDENCY_WINDOW_MIN ? length / 2 : RESIDENCY_WINDOW_MIN;
        }
        note_missing(residency, offset, remaining);
        if (residency->missed <= MISSES_MAX)
                return 0;
        residency->way = RESIDENCY_UNKNOWN;
        return remaining;
}

uint64_t residency_window(const struct residency *residency, uint64_t remaining)
{
        uint64_t window = residency->window ? residency->window : RESIDENCY_WINDOW_MIN;
        return number_least(window, remaining);
}

uint64_t residency_ahead(const struct residency *residency, uint64_t remaining)
{
        return number_least(residency->behind, remaining - residency_window(residency, remaining));
}

enum residency_way residency_probe(struct account *account, int file_fd, uint64_t device,
                                   uint64_t file_size)
{
        struct residency residency;

        residency_init(&residency, device, NULL);
        if (residency.way == RESIDENCY_UNDECIDED && file_size > 0)
                (void)ask(&residency, account, file_fd, 0,
                          number_least(file_size, RESIDENCY_WINDOW_MIN));
        /* Nothing is counted: is nothing there? */
        if (residency.way == RESIDENCY_UNDECIDED && file_size > 0 &&
            byte_there(account, file_fd, 0) > 0)
                learn(&residency, RESIDENCY_NOWAIT);
        return residency.way == RESIDENCY_UNDECIDED ? RESIDENCY_CACHESTAT : residency.way;
}
