/* Landlock: three system calls without a library. The header of the system may
 * be older than its kernel, so what is newer than ABI 1 is defined here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "serve/sandbox.h"
#include "serve/sanitized.h"

/* struct landlock_ruleset_attr as of ABI 6; an older kernel is told of less. */
struct ruleset {
        uint64_t files;
        uint64_t network; /* ABI 4 */
        uint64_t scoped; /* ABI 6 */
};

#define FILES_ABI_1 ((UINT64_C(1) << 13) - 1) /* EXECUTE to MAKE_SYM */
#define FILES_REFER (UINT64_C(1) << 13) /* ABI 2 */
#define FILES_TRUNCATE (UINT64_C(1) << 14) /* ABI 3 */
#define FILES_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define NETWORK_BIND_AND_CONNECT UINT64_C(3) /* TCP */
#define SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS UINT64_C(3)

/* All that the kernel can forbid is forbidden, but for what a rule allows. */
static size_t fill_ruleset(int abi, struct ruleset *ruleset)
{
        *ruleset = (struct ruleset){.files = FILES_ABI_1};
        if (abi >= 2)
                ruleset->files |= FILES_REFER;
        if (abi >= 3)
                ruleset->files |= FILES_TRUNCATE;
        if (abi < 4)
                return offsetof(struct ruleset, network);
        ruleset->network = NETWORK_BIND_AND_CONNECT;
        if (abi >= 5)
                ruleset->files |= FILES_IOCTL_DEV;
        if (abi < 6)
                return offsetof(struct ruleset, scoped);
        ruleset->scoped = SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS;
        return sizeof(*ruleset);
}

static int allow(int ruleset_fd, int fd, uint64_t access)
{
        struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
        long r = syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
        return r < 0 ? -errno : 0;
}

static int allow_root(int ruleset_fd, const struct root *root)
{
        if (!root->only)
                return allow(ruleset_fd, root->fd,
                             LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
        /* By its folder, for the file may be replaced by another of its name. */
        return allow(ruleset_fd, root->fd, LANDLOCK_ACCESS_FS_READ_FILE);
}

static int allow_runtime(int ruleset_fd)
{
        /* The leak checker looks at its own threads and maps. */
        cleanup_fd int proc = SANITIZED ? open("/proc", O_PATH | O_CLOEXEC) : -1;
        return proc < 0 ? 0
                        : allow(ruleset_fd, proc,
                                LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
}

int landlock_enter(const struct root *const roots[], size_t count, int *ret_abi)
{
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        struct ruleset attributes;

        if (abi < 0)
                return -errno;
        size_t size = fill_ruleset((int)abi, &attributes);
        cleanup_fd int fd = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
        if (fd < 0)
                return -errno;
        int r = allow_runtime(fd);
        for (size_t i = 0; i < count && r == 0; i++)
                r = allow_root(fd, roots[i]);
        if (r == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
                r = -errno;
        if (r == 0)
                *ret_abi = (int)abi;
        return r;
}
