/* Lets allocations fail, for LD_PRELOAD: every N-th one of the process. N is the first
 * four bytes of the file that FAIL_ALLOCATIONS names, read at every call; 0: none fails.
 * The next four count those that failed. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct order {
        _Atomic uint32_t every, failed;
};

static struct order *order;
static _Atomic uint32_t calls;

/* glibc's own, which these stand in front of. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nmemb, size_t size);
void *__libc_realloc(void *ptr, size_t size);

__attribute__((constructor)) static void take_order(void)
{
        const char *path = getenv("FAIL_ALLOCATIONS");
        int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
        if (fd < 0)
                return;
        void *mapped = mmap(NULL, sizeof(*order), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        (void)close(fd);
        if (mapped != MAP_FAILED)
                order = mapped;
}

static int fails(void)
{
        uint32_t every = order ? atomic_load(&order->every) : 0;
        if (every == 0 || (atomic_fetch_add(&calls, 1) + 1) % every != 0)
                return 0;
        atomic_fetch_add(&order->failed, 1);
        errno = ENOMEM;
        return 1;
}

void *malloc(size_t size)
{
        return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size)
{
        return fails() ? NULL : __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size)
{
        return fails() ? NULL : __libc_realloc(ptr, size);
}
