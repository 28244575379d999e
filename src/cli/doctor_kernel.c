/* What the kernel lets this process do, and its limits. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <liburing.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/doctor_check.h"

int doctor_read_line(const char *path, char *ret_line, size_t size)
{
        cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
        char line[256];
        ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

        if (n < 0)
                return -errno;
        line[n] = '\0';
        line[strcspn(line, "\n")] = '\0';
        (void)snprintf(ret_line, size, "%s", line);
        return 0;
}

void doctor_probe_openat2(const struct doctor_target *target, const struct doctor_check *check,
                          struct doctor_finding *finding)
{
        struct open_how how = {
                .flags = O_PATH | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
        };
        cleanup_fd int fd = (int)syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how));
        (void)target;
        (void)check;

        if (fd >= 0) {
                doctor_say(finding, DOCTOR_OK, "available");
                return;
        }
        if (errno == EPERM)
                finding->remedy = "let the container's seccomp profile allow openat2";
        doctor_say(finding, DOCTOR_MISSING, "%s", strerror(errno));
}

/* ---- io_uring ---- */

static void say_uring_refused(int error, struct doctor_finding *finding)
{
        char setting[16] = "";
        if (doctor_read_line("/proc/sys/kernel/io_uring_disabled", setting, sizeof(setting)) < 0)
                setting[0] = '\0';

        if (error == -EPERM && (setting[0] == '1' || setting[0] == '2')) {
                finding->remedy = setting[0] == '1'
                                          ? "as root: sysctl -w kernel.io_uring_disabled=0, or run "
                                            "in the group kernel.io_uring_group"
                                          : "as root: sysctl -w kernel.io_uring_disabled=0";
                doctor_say(finding, DOCTOR_MISSING, "%s (kernel.io_uring_disabled is %s)",
                           strerror(-error), setting);
                return;
        }
        if (error == -EPERM)
                finding->remedy = "let the container's seccomp profile allow io_uring_setup, "
                                  "io_uring_enter and io_uring_register";
        else if (error == -ENOMEM)
                finding->remedy = "raise the limit on locked memory: ulimit -l";
        doctor_say(finding, DOCTOR_MISSING, "%s", strerror(-error));
}

void doctor_probe_io_uring(const struct doctor_target *target, const struct doctor_check *check,
                           struct doctor_finding *finding)
{
        struct io_uring ring;
        (void)target;
        (void)check;

        int r = io_uring_queue_init(4, &ring, 0);
        if (r < 0) {
                say_uring_refused(r, finding);
                return;
        }
        struct io_uring_probe *probe = io_uring_get_probe_ring(&ring);
        if (probe && io_uring_opcode_supported(probe, IORING_OP_SEND_ZC)) {
                doctor_say(finding, DOCTOR_OK, "available, with send_zc");
        } else {
                finding->remedy = "Linux 6.0 has send_zc";
                doctor_say(finding, DOCTOR_NOTE, "available, without send_zc");
        }
        io_uring_free_probe(probe);
        io_uring_queue_exit(&ring);
}

/* ---- Confinement ---- */

void doctor_probe_landlock(const struct doctor_target *target, const struct doctor_check *check,
                           struct doctor_finding *finding)
{
        long version =
                syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        (void)target;
        (void)check;

        if (version > 0) {
                doctor_say(finding, DOCTOR_OK, "ABI %ld", version);
                return;
        }
        if (errno == EOPNOTSUPP)
                finding->remedy = "boot with landlock in the list of the lsm= parameter";
        else if (errno == EPERM)
                finding->remedy = "let the container's seccomp profile allow landlock_create_"
                                  "ruleset, landlock_add_rule and landlock_restrict_self";
        doctor_say(finding, DOCTOR_MISSING, "%s", strerror(errno));
}

void doctor_probe_seccomp(const struct doctor_target *target, const struct doctor_check *check,
                          struct doctor_finding *finding)
{
        uint32_t action = SECCOMP_RET_ERRNO;
        (void)target;
        (void)check;

        if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
                doctor_say(finding, DOCTOR_MISSING, "%s", strerror(errno));
        else if (prctl(PR_GET_SECCOMP) > 0)
                doctor_say(finding, DOCTOR_OK, "available; a filter is already active here");
        else
                doctor_say(finding, DOCTOR_OK, "available");
}

/* ---- Limits ---- */

static void judge(const struct doctor_check *check, uint64_t value, bool unlimited,
                  struct doctor_finding *finding)
{
        bool enough = unlimited || value >= check->enough;
        if (unlimited)
                doctor_say(finding, DOCTOR_OK, "unlimited");
        else if (enough)
                doctor_say(finding, DOCTOR_OK, "%" PRIu64, value);
        else
                doctor_say(finding, DOCTOR_NOTE, "%" PRIu64 " (%" PRIu64 " would be better)", value,
                           check->enough);
}

void doctor_probe_setting(const struct doctor_target *target, const struct doctor_check *check,
                          struct doctor_finding *finding)
{
        char path[128], line[128];
        (void)target;

        (void)snprintf(path, sizeof(path), "/proc/sys/%s", check->file);
        int r = doctor_read_line(path, line, sizeof(line));
        const char *last = line + (r < 0 ? 0 : strlen(line));
        while (r == 0 && last > line && isdigit((unsigned char)last[-1]))
                last--;
        if (r < 0 || !isdigit((unsigned char)*last)) {
                finding->remedy = NULL;
                doctor_say(finding, DOCTOR_NOTE, "not visible here: %s", strerror(-r));
                return;
        }
        uint64_t value = strtoull(last, NULL, 10);
        judge(check, value, check->zero_is_unlimited && value == 0, finding);
}

void doctor_probe_limit(const struct doctor_target *target, const struct doctor_check *check,
                        struct doctor_finding *finding)
{
        struct rlimit limit;
        (void)target;

        if (getrlimit((__rlimit_resource_t)check->resource, &limit) < 0) {
                doctor_say(finding, DOCTOR_NOTE, "unknown: %s", strerror(errno));
                return;
        }
        rlim_t value = check->hard_limit ? limit.rlim_max : limit.rlim_cur;
        judge(check, value, value == RLIM_INFINITY, finding);
}
