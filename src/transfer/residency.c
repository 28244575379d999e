#include "transfer/residency.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "transfer/call.h"

#define MISSES_MAX 3

uint64_t residency_window(uint64_t remaining)
{
        return remaining < RESIDENCY_WINDOW ? remaining : RESIDENCY_WINDOW;
}

/* preadv2(2) with RWF_NOWAIT reads a byte or says it would block. */
static bool first_byte_resident(struct account *account, int file_fd, uint64_t offset)
{
        char byte;
        struct iovec part = {.iov_base = &byte, .iov_len = 1};
        ssize_t n = call_preadv2(account, file_fd, &part, 1, offset, RWF_NOWAIT);
        /* Only "would block" means missing: where the question is not
         * understood, the caller is no worse off than without it. */
        return n != -EAGAIN;
}

static bool resident(struct account *account, int file_fd, uint64_t offset, uint64_t length)
{
        uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
        uint64_t first = offset / page * page;
        uint64_t pages = (offset + length - first + page - 1) / page;
        uint64_t cached;

        int r = call_cachestat(account, file_fd, first, pages * page, &cached);
        if (r == 0)
                return cached >= pages;
        return first_byte_resident(account, file_fd, offset);
}

bool residency_check(struct residency *residency, struct account *account, int file_fd,
                     uint64_t offset, uint64_t remaining)
{
        if (offset < residency->known_until)
                return true;

        uint64_t length = residency_window(remaining);
        if (resident(account, file_fd, offset, length) ||
            (residency->missing_at == offset && residency->missed >= MISSES_MAX)) {
                residency->known_until = offset + length;
                residency->missed = 0;
                return true;
        }
        residency->missed = residency->missing_at == offset ? residency->missed + 1 : 1;
        residency->missing_at = offset;
        return false;
}

int sluice_warm(int file_fd, uint64_t offset, uint64_t length)
{
        struct account account = {0};
        uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
        uint64_t first = offset / page * page;
        size_t span = (size_t)(offset + length - first);
        void *map;

        int r = call_mmap(&account, &map, span, PROT_READ, MAP_SHARED, file_fd, first);
        if (r == 0) {
                r = call_madvise(&account, map, span, MADV_POPULATE_READ);
                (void)call_munmap(&account, map, span);
        }
        account_publish_calls(&account);
        return r;
}
