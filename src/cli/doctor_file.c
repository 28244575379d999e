/* What the file system below PATH can do. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/doctor_check.h"

/* Debian 12's headers are of Linux 6.1: cachestat(2) is of 6.5, RWF_DONTCACHE
 * of 6.14. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE 0x80
#endif

#define NO_FILE "not asked: there is no file to ask about"

void doctor_probe_file_system(const struct doctor_target *target, const struct doctor_check *check,
                              struct doctor_finding *finding)
{
        /* Files whose bytes may change behind this kernel's page cache. */
        static const char *const shared[] = {"9p",   "cifs",   "fuse.vmhgfs-fuse", "prl_fs",
                                             "smb3", "vboxsf", "virtiofs"};
        (void)check;

        if (!target->file_system[0]) {
                doctor_say(finding, DOCTOR_NOTE, "unknown");
                return;
        }
        for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
                if (strcmp(target->file_system, shared[i]) == 0) {
                        doctor_say(finding, DOCTOR_NOTE, "%s, mounted on %s: shared with a host",
                                   target->file_system, target->mount_point);
                        return;
                }
        finding->remedy = NULL;
        doctor_say(finding, DOCTOR_OK, "%s, mounted on %s", target->file_system,
                   target->mount_point);
}

/* 0 when the question is understood, or -errno. */
static int ask_cachestat(int fd)
{
        struct {
                uint64_t offset, length;
        } range = {0, 4096};
        struct {
                uint64_t cached, dirty, writeback, evicted, recently_evicted;
        } found;
        return syscall(SYS_cachestat, fd, &range, &found, 0) < 0 ? -errno : 0;
}

/* Reads a byte under the flags. 0 when they are understood, or -errno. */
static int ask_preadv2(int fd, int flags)
{
        char byte;
        struct iovec part = {.iov_base = &byte, .iov_len = 1};
        if (preadv2(fd, &part, 1, 0, flags) < 0 && errno != EAGAIN)
                return -errno;
        return 0;
}

/* What the library makes of it: the name, or NULL. */
static const char *residency_name(int file_fd)
{
        int fds[2];
        sluice_facts *facts;
        const char *name = NULL;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return NULL;
        if (sluice_facts_probe(&facts, file_fd, fds[1]) == 0) {
                name = sluice_residency_name(facts);
                sluice_facts_free(facts);
        }
        fd_close(&fds[0]);
        fd_close(&fds[1]);
        return name;
}

void doctor_probe_residency(const struct doctor_target *target, const struct doctor_check *check,
                            struct doctor_finding *finding)
{
        (void)check;
        const char *way = target->file_fd < 0 ? NULL : residency_name(target->file_fd);
        if (!way) {
                doctor_say(finding, DOCTOR_NOTE, NO_FILE);
                return;
        }
        if (strcmp(way, "cachestat") == 0) {
                doctor_say(finding, DOCTOR_OK, "by cachestat");
                return;
        }
        int cachestat = ask_cachestat(target->file_fd);
        const char *why = cachestat < 0 ? strerror(-cachestat) : "it counts nothing here";
        if (cachestat == -ENOSYS)
                finding->remedy = "Linux 6.5 has cachestat; in a container, its seccomp profile "
                                  "must allow the call";
        else if (cachestat == -EPERM)
                finding->remedy = "run as the files' owner, or let the container's seccomp "
                                  "profile allow cachestat";
        if (strcmp(way, "nowait") == 0)
                doctor_say(finding, DOCTOR_NOTE,
                           "by RWF_NOWAIT, at a window's two ends only (cachestat: %s)", why);
        else
                doctor_say(finding, DOCTOR_MISSING, "unknown (cachestat: %s; RWF_NOWAIT: %s)", why,
                           strerror(-ask_preadv2(target->file_fd, RWF_NOWAIT)));
}

void doctor_probe_direct(const struct doctor_target *target, const struct doctor_check *check,
                         struct doctor_finding *finding)
{
        struct statx status;
        (void)check;

        if (target->file_fd < 0) {
                doctor_say(finding, DOCTOR_NOTE, NO_FILE);
                return;
        }
        if (statx(target->file_fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) == 0 &&
            (status.stx_mask & STATX_DIOALIGN) && status.stx_dio_offset_align > 0) {
                doctor_say(finding, DOCTOR_OK, "offsets by %u B, memory by %u B",
                           status.stx_dio_offset_align, status.stx_dio_mem_align);
                return;
        }

        char path[64];
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", target->file_fd);
        cleanup_fd int direct = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
        if (direct < 0)
                doctor_say(finding, DOCTOR_MISSING, "refused: %s", strerror(errno));
        else
                doctor_say(finding, DOCTOR_MISSING,
                           "accepted, but statx tells no alignment, so it is not used");
}

void doctor_probe_dontcache(const struct doctor_target *target, const struct doctor_check *check,
                            struct doctor_finding *finding)
{
        (void)check;
        if (target->file_fd < 0) {
                doctor_say(finding, DOCTOR_NOTE, NO_FILE);
                return;
        }
        int r = ask_preadv2(target->file_fd, RWF_DONTCACHE);
        if (r == 0)
                doctor_say(finding, DOCTOR_OK, "available");
        else
                doctor_say(finding, DOCTOR_MISSING, "%s", strerror(-r));
}
