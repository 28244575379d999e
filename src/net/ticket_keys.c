#include "net/ticket_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fd.h"

#define KEYS 3 /* one makes, one still reads, one is being written */
#define FILE_SIZE 80

/* Known by what is in it: the program that keeps it next may be another. */
#define MARK "sluice ticket 1"

/* No lock, which somebody could be killed with: one process writes, a key that nobody
 * looks for yet, and only then counts it. */
struct shared {
        char mark[16];
        _Atomic uint64_t made; /* keys so far; the newest is at (made - 1) % KEYS */
        struct ticket_key keys[KEYS];
};

struct ticket_keys {
        struct shared *shared; /* NULL: they were given */
        int fd; /* of who keeps them; else -1 */
        size_t given_count;
        struct ticket_key given[];
};

static struct ticket_keys *keys_new(size_t given_count)
{
        struct ticket_keys *keys = calloc(1, sizeof(*keys) + given_count * sizeof(keys->given[0]));
        if (keys) {
                keys->fd = -1;
                keys->given_count = given_count;
        }
        return keys;
}

void ticket_keys_free(struct ticket_keys *keys)
{
        if (!keys)
                return;
        explicit_bzero(keys->given, keys->given_count * sizeof(keys->given[0]));
        if (keys->shared)
                (void)munmap(keys->shared, sizeof(*keys->shared));
        fd_close(&keys->fd);
        free(keys);
}

void ticket_keys_wipe(struct ticket_keys *keys)
{
        if (keys && keys->shared && keys->fd >= 0)
                explicit_bzero(keys->shared, sizeof(*keys->shared));
}

/* ---- Shared ---- */

/* NULL: errno says why. */
static struct shared *map_shared(int fd, int protection)
{
        struct stat status;

        if (fstat(fd, &status) < 0)
                return NULL;
        if (!S_ISREG(status.st_mode) || status.st_size != sizeof(struct shared)) {
                errno = EINVAL;
                return NULL;
        }
        void *map = mmap(NULL, sizeof(struct shared), protection, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED)
                return NULL;
        /* Not into swap, as far as the limits let us, and not into a core. */
        (void)mlock(map, sizeof(struct shared));
        (void)madvise(map, sizeof(struct shared), MADV_DONTDUMP);
        return map;
}

static bool is_ours(const struct shared *shared)
{
        return memcmp(shared->mark, MARK, sizeof(shared->mark)) == 0 && shared->made > 0;
}

/* mode: a child opens it anew, for reading, before it becomes another user. */
static int create(void)
{
        int fd = memfd_create("sluice-ticket-keys", MFD_CLOEXEC);
        if (fd >= 0 && (fchmod(fd, 0600) < 0 || ftruncate(fd, sizeof(struct shared)) < 0))
                fd_close(&fd);
        return fd;
}

static bool make_key(struct shared *shared, long now_s)
{
        uint64_t made = atomic_load(&shared->made);
        struct ticket_key *key = &shared->keys[made % KEYS];

        /* All of it in one call; the time is behind. */
        if (getrandom(key, offsetof(struct ticket_key, made_s), 0) !=
            offsetof(struct ticket_key, made_s))
                return false;
        key->made_s = now_s;
        atomic_store(&shared->made, made + 1);
        /* Its last ticket is over. Who reads it just now finds a name that fits no
         * ticket, or a key that opens none. */
        explicit_bzero(&shared->keys[(made + 1) % KEYS], sizeof(*key));
        return true;
}

int ticket_keys_renew(struct ticket_keys *keys, long now_s)
{
        struct shared *shared = keys->shared;
        long made_s = shared->keys[(atomic_load(&shared->made) - 1) % KEYS].made_s;

        /* Without randomness the old one has to do, for another second. */
        if (now_s - made_s >= TICKET_SECONDS && !make_key(shared, now_s))
                return 1000;
        if (now_s - made_s >= TICKET_SECONDS)
                made_s = now_s;
        return (int)(made_s + TICKET_SECONDS - now_s) * 1000;
}

/* New ones, in keys. */
static bool begin(struct ticket_keys *keys)
{
        keys->fd = create();
        keys->shared = keys->fd < 0 ? NULL : map_shared(keys->fd, PROT_READ | PROT_WRITE);
        if (!keys->shared || !make_key(keys->shared, (long)(clock_coarse_ns() / NS_PER_S)))
                return false;
        memcpy(keys->shared->mark, MARK, sizeof(keys->shared->mark));
        return true;
}

int ticket_keys_keep(struct ticket_keys **ret_keys, int *take_fd)
{
        struct ticket_keys *keys = keys_new(0);
        if (!keys)
                return -ENOMEM;
        keys->fd = fd_take(take_fd);
        keys->shared = keys->fd < 0 ? NULL : map_shared(keys->fd, PROT_READ | PROT_WRITE);
        bool good = keys->shared && is_ours(keys->shared);
        if (!good) {
                if (keys->shared)
                        (void)munmap(keys->shared, sizeof(*keys->shared));
                fd_close(&keys->fd);
                good = begin(keys);
        }
        /* A child has no business in writing them. */
        if (!good || madvise(keys->shared, sizeof(*keys->shared), MADV_DONTFORK) < 0) {
                int r = errno ? -errno : -EIO;
                ticket_keys_free(keys);
                return r;
        }
        *ret_keys = keys;
        return 0;
}

int ticket_keys_fd(const struct ticket_keys *keys)
{
        return keys->fd;
}

int ticket_keys_open(struct ticket_keys **ret_keys, int fd)
{
        struct ticket_keys *keys = keys_new(0);
        char path[32];

        if (!keys)
                return -ENOMEM;
        /* A map of what was opened for reading can never be made writable
         * (mprotect(2)). Without /proc it is one that merely is not. */
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        cleanup_fd int own = open(path, O_RDONLY | O_CLOEXEC);
        keys->shared = map_shared(own >= 0 ? own : fd, PROT_READ);
        int r = keys->shared ? 0 : -errno;
        if (keys->shared && !is_ours(keys->shared))
                r = -EINVAL;
        if (r < 0) {
                ticket_keys_free(keys);
                return r;
        }
        *ret_keys = keys;
        return 0;
}

/* ---- Given ---- */

static int complain(struct tls_complaint *complaint, const char *file, const char *what)
{
        (void)snprintf(complaint->text, sizeof(complaint->text), "%s: %s", file, what);
        return -EINVAL;
}

static int read_file(struct ticket_key *ret_key, const char *file, struct tls_complaint *complaint)
{
        unsigned char bytes[FILE_SIZE + 1];
        struct stat status;
        char text[64];
        cleanup_fd int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

        if (fd < 0 || fstat(fd, &status) < 0)
                return complain(complaint, file, strerror(errno));
        if (!S_ISREG(status.st_mode))
                return complain(complaint, file, "a ticket's key is in a regular file");
        ssize_t length = read(fd, bytes, sizeof(bytes));
        if (length < 0)
                return complain(complaint, file, strerror(errno));
        if (length == FILE_SIZE) {
                memcpy(ret_key->name, bytes, sizeof(ret_key->name));
                memcpy(ret_key->digest, bytes + 16, sizeof(ret_key->digest));
                memcpy(ret_key->cipher, bytes + 48, sizeof(ret_key->cipher));
        }
        explicit_bzero(bytes, sizeof(bytes));
        if (length == FILE_SIZE)
                return 0;
        (void)snprintf(text, sizeof(text), "has %jd bytes: a ticket's key has %d",
                       (intmax_t)status.st_size, FILE_SIZE);
        return complain(complaint, file, text);
}

int ticket_keys_read(struct ticket_keys **ret_keys, const char *const files[], size_t count,
                     struct tls_complaint *complaint)
{
        struct ticket_keys *keys = keys_new(count);
        int r = keys ? 0 : -ENOMEM;

        for (size_t i = 0; i < count && r == 0; i++)
                r = read_file(&keys->given[i], files[i], complaint);
        for (size_t i = 1; i < count && r == 0; i++)
                for (size_t k = 0; k < i && r == 0; k++)
                        if (memcmp(keys->given[i].name, keys->given[k].name,
                                   sizeof(keys->given[i].name)) == 0)
                                r = complain(complaint, files[i],
                                             "another file's key has this name, too");
        if (r < 0) {
                ticket_keys_free(keys);
                return r;
        }
        *ret_keys = keys;
        return 0;
}

/* ---- Using them ---- */

void ticket_keys_newest(const struct ticket_keys *keys, struct ticket_key *ret_key)
{
        const struct shared *shared = keys->shared;
        *ret_key = shared ? shared->keys[(atomic_load(&shared->made) - 1) % KEYS] : keys->given[0];
}

/* Of those that were given. */
static bool find_given(const struct ticket_keys *keys, const unsigned char *name,
                       struct ticket_key *ret_key, bool *ret_old)
{
        for (size_t i = 0; i < keys->given_count; i++)
                if (memcmp(keys->given[i].name, name, sizeof(keys->given[i].name)) == 0) {
                        *ret_key = keys->given[i];
                        *ret_old = i > 0;
                        return true;
                }
        return false;
}

bool ticket_keys_find(const struct ticket_keys *keys, const unsigned char *name,
                      struct ticket_key *ret_key, bool *ret_old)
{
        if (!keys->shared)
                return find_given(keys, name, ret_key, ret_old);
        uint64_t made = atomic_load(&keys->shared->made);
        for (uint64_t i = made; i > 0 && i + 2 > made; i--) {
                *ret_key = keys->shared->keys[(i - 1) % KEYS];
                long age_s = (long)(clock_coarse_ns() / NS_PER_S) - ret_key->made_s;
                if (age_s < 2 * TICKET_SECONDS &&
                    memcmp(ret_key->name, name, sizeof(ret_key->name)) == 0) {
                        *ret_old = i < made;
                        return true;
                }
        }
        explicit_bzero(ret_key, sizeof(*ret_key));
        return false;
}
