#include "transfer/residency.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
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

static uint64_t least(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

void residency_init(struct residency *residency, uint64_t device, struct sluice_source *source)
{
        *residency = (struct residency){
                .device = device,
                .way = mounts_get(device),
                .source = source,
        };
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

static bool pages_may_be_on_their_way(const struct residency *residency)
{
        if (residency->known_until == 0 || residency->window > 0)
                return true;
        uint64_t warmed = atomic_load_explicit(&warmed_ns, memory_order_relaxed);
        return warmed > 0 && clock_coarse_ns() - warmed < WARMING_LASTS_NS;
}

/* Without cachestat: the window's two ends stand for what is between. */
static enum answer ask_first_byte(struct account *account, int file_fd, uint64_t offset)
{
        return byte_there(account, file_fd, offset) == -EAGAIN ? ANSWER_MISSING : ANSWER_RESIDENT;
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

static bool in_one_page(uint64_t offset, uint64_t length)
{
        uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
        return offset / page == (offset + length - 1) / page;
}

static enum answer ask_both(struct residency *residency, struct account *account, int file_fd,
                            uint64_t offset, uint64_t length)
{
        /* Read-ahead goes upwards: when the last byte is there, so are those
         * before it that cachestat counts. */
        ssize_t last = byte_there(account, file_fd, offset + length - 1);
        if (last == -EAGAIN)
                return ANSWER_MISSING;
        if (last == 0)
                return ANSWER_BEHIND_END;
        if (last > 0 && in_one_page(offset, length))
                return ANSWER_RESIDENT;
        if (residency->way == RESIDENCY_NOWAIT)
                return ask_first_byte(account, file_fd, offset);

        uint64_t pages, cached;
        int r = count_pages(account, file_fd, offset, length, &pages, &cached);
        bool useless = r < 0 || (last > 0 && cached == 0);
        if (useless && last < 0) {
                learn(residency, RESIDENCY_UNKNOWN);
                return ANSWER_UNKNOWN;
        }
        if (useless) {
                learn(residency, RESIDENCY_NOWAIT);
                return ask_first_byte(account, file_fd, offset);
        }
        if (cached > 0)
                learn(residency, RESIDENCY_CACHESTAT);
        return cached >= pages ? ANSWER_RESIDENT : ANSWER_MISSING;
}

static enum answer ask(struct residency *residency, struct account *account, int file_fd,
                       uint64_t offset, uint64_t length)
{
        uint64_t pages, cached;

        if (residency->way == RESIDENCY_UNKNOWN)
                return ANSWER_UNKNOWN;
        if (residency->way != RESIDENCY_CACHESTAT || pages_may_be_on_their_way(residency))
                return ask_both(residency, account, file_fd, offset, length);
        int r = count_pages(account, file_fd, offset, length, &pages, &cached);
        return r == 0 && cached >= pages ? ANSWER_RESIDENT : ANSWER_MISSING;
}

static enum answer ask_up_to_end(struct residency *residency, struct account *account, int file_fd,
                                 uint64_t offset, uint64_t length)
{
        enum answer answer = ask(residency, account, file_fd, offset, length);
        if (answer != ANSWER_BEHIND_END)
                return answer;
        struct stat status;
        /* The step is to find out what is wrong, or that nothing is left. */
        if (call_fstat(account, file_fd, &status) < 0 || (uint64_t)status.st_size <= offset)
                return ANSWER_RESIDENT;
        length = least(length, (uint64_t)status.st_size - offset);
        answer = ask(residency, account, file_fd, offset, length);
        return answer == ANSWER_BEHIND_END ? ANSWER_RESIDENT : answer;
}

static uint64_t found(struct residency *residency, uint64_t offset, uint64_t length)
{
        residency->known_until = offset + length;
        residency->missed = 0;
        return length;
}

static void note_missing(struct residency *residency, uint64_t offset)
{
        if (residency->window > 0 && residency->missing_at == offset) {
                residency->missed++;
                return;
        }
        residency->window = residency->window == 0
                                    ? RESIDENCY_WINDOW_MIN
                                    : least(residency->window * 2, RESIDENCY_WINDOW_MAX);
        residency->missing_at = offset;
        residency->missed = 1;
}

/* Whether the whole block that offset lies in is there, asked once for all the
 * ranges of it that are sent soon. */
static bool block_there(struct residency *residency, struct account *account, int file_fd,
                        uint64_t offset)
{
        uint64_t index = offset / RESIDENCY_WINDOW_MAX;
        bool known;

        if (!residency->source)
                return false;
        struct source_block *block =
                source_block(residency->source, index, clock_coarse_ns(), &known);
        if (!known)
                block->resident =
                        ask_up_to_end(residency, account, file_fd, index * RESIDENCY_WINDOW_MAX,
                                      RESIDENCY_WINDOW_MAX) == ANSWER_RESIDENT;
        return block->resident;
}

uint64_t residency_check(struct residency *residency, struct account *account, int file_fd,
                         uint64_t offset, uint64_t remaining)
{
        if (offset < residency->known_until)
                return least(residency->known_until - offset, remaining);
        if (residency->way == RESIDENCY_UNKNOWN)
                return remaining;
        if (block_there(residency, account, file_fd, offset))
                return found(
                        residency, offset,
                        least(RESIDENCY_WINDOW_MAX - offset % RESIDENCY_WINDOW_MAX, remaining));

        /* A file found cold is asked about in the pieces it is warmed in. */
        uint64_t length = residency->window ? residency->window : RESIDENCY_WINDOW_MAX;
        length = least(length, remaining);
        for (;;) {
                enum answer answer = ask_up_to_end(residency, account, file_fd, offset, length);
                if (answer == ANSWER_RESIDENT)
                        return found(residency, offset, length);
                if (answer == ANSWER_UNKNOWN)
                        return remaining;
                if (length <= RESIDENCY_WINDOW_MIN)
                        break;
                length = length / 2 > RESIDENCY_WINDOW_MIN ? length / 2 : RESIDENCY_WINDOW_MIN;
        }
        note_missing(residency, offset);
        if (residency->missed <= MISSES_MAX)
                return 0;
        residency->way = RESIDENCY_UNKNOWN;
        return remaining;
}

uint64_t residency_window(const struct residency *residency, uint64_t remaining)
{
        uint64_t window = residency->window ? residency->window : RESIDENCY_WINDOW_MIN;
        return least(window, remaining);
}

uint64_t residency_ahead(const struct residency *residency, uint64_t remaining)
{
        uint64_t window = residency_window(residency, remaining);
        return least(least(window * 2, RESIDENCY_WINDOW_MAX), remaining - window);
}

enum residency_way residency_probe(struct account *account, int file_fd, uint64_t device,
                                   uint64_t file_size)
{
        struct residency residency;

        residency_init(&residency, device, NULL);
        if (residency.way == RESIDENCY_UNDECIDED && file_size > 0)
                (void)ask(&residency, account, file_fd, 0, least(file_size, RESIDENCY_WINDOW_MIN));
        return residency.way == RESIDENCY_UNDECIDED ? RESIDENCY_CACHESTAT : residency.way;
}
