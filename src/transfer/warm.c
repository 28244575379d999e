/* Reading into the page cache, where that may take its time. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/number.h"
#include "sluice.h"
#include "transfer/ahead.h"
#include "transfer/call.h"
#include "transfer/residency.h"

#define CHUNK ((size_t)128 << 10)

/* A kernel without preemption keeps the core for as long as a call lasts, also
 * from a loop that wakes on it meanwhile: an munmap(2) of 8 MiB took 1 ms, an
 * fadvise(2) of as much 2.4 ms. So little at once is 40 us. */
#define PIECE ((uint64_t)128 << 10)

/* Where the file cannot be mapped, or the kernel is older than 5.14. */
static int warm_by_reading(struct account *account, int file_fd, uint64_t offset, uint64_t length)
{
        void *buffer = malloc(CHUNK);
        int r = buffer ? 0 : -ENOMEM;
        while (r == 0 && length > 0) {
                ssize_t n = call_pread(account, file_fd, buffer,
                                       length < CHUNK ? (size_t)length : CHUNK, offset);
                if (n <= 0) {
                        r = n < 0 ? (int)n : -ENODATA;
                        break;
                }
                offset += (uint64_t)n;
                length -= (uint64_t)n;
        }
        free(buffer);
        return r;
}

/* A page that cannot be had is a fault; which kind, the size tells. */
static int fault(struct account *account, int file_fd, uint64_t end)
{
        struct stat status;
        int r = call_fstat(account, file_fd, &status);
        if (r < 0)
                return r;
        return (uint64_t)status.st_size < end ? -ENODATA : -EIO;
}

/* Has the disk begin with just these bytes. Left to the faults, it would read ahead
 * and around by what it has as read_ahead_kb (8 MiB for a window of 512 KiB here)
 * before it came to anybody else's window. A call reads no more than that setting,
 * and a piece is its usual one. */
static void want_exactly(struct account *account, int file_fd, uint64_t offset, uint64_t length)
{
        for (uint64_t done = 0; done < length; done += PIECE)
                (void)call_fadvise(account, file_fd, offset + done,
                                   number_least(length - done, PIECE), POSIX_FADV_WILLNEED);
}

/* Waits for the pages of a map, and takes it apart. */
static int populate(struct account *account, char *map, size_t span)
{
        size_t done = 0;
        int r = 0;

        while (r == 0 && done < span) {
                size_t piece = (size_t)number_least(span - done, PIECE);
                r = call_madvise(account, map + done, piece, MADV_POPULATE_READ);
                (void)call_munmap(account, map + done, piece);
                done += piece;
        }
        if (done < span)
                (void)call_munmap(account, map + done, span - done);
        return r;
}

static int warm(struct account *account, int file_fd, uint64_t offset, uint64_t length)
{
        uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
        uint64_t first = offset / page * page;
        size_t span = (size_t)(offset + length - first);
        void *map;

        int r = call_mmap(account, &map, span, PROT_READ, MAP_SHARED, file_fd, first);
        if (r == -ENODEV)
                return warm_by_reading(account, file_fd, offset, length);
        if (r < 0)
                return r;
        want_exactly(account, file_fd, first, span);
        r = populate(account, map, span);
        if (r == -EINVAL)
                return warm_by_reading(account, file_fd, offset, length);
        return r == -EFAULT ? fault(account, file_fd, offset + length) : r;
}

int sluice_warm(int file_fd, uint64_t offset, uint64_t length)
{
        return sluice_warm_ahead(file_fd, offset, length, 0);
}

int sluice_warm_ahead(int file_fd, uint64_t offset, uint64_t length, uint64_t ahead)
{
        struct account account = {0};
        int r = 0;

        residency_note_warming();
        if (length > 0)
                r = warm(&account, file_fd, offset, length);
        /* Only then: what is waited for comes first. The disk reads it while
         * the window is being sent. */
        if (r == 0 && ahead > 0)
                want_exactly(&account, file_fd, offset + length, ahead);
        account_publish_calls(&account);
        return r;
}

void sluice_limit_ahead(uint64_t bytes)
{
        ahead_set_limit(bytes);
}

uint64_t sluice_process_ahead(uint64_t *ret_limit)
{
        if (ret_limit)
                *ret_limit = ahead_limit();
        return ahead_held();
}
