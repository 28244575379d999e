/* One thing that `sluice doctor` looks at: asked of the kernel, told in words.
 * doctor_checks.c is the table; the probes are in the files named below. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice.h"

/* What is examined: a folder or a file, and a file to try things with. */
struct doctor_target {
        const char *path; /* as given */
        int file_fd; /* a regular file on the same file system; -1: none was found */
        uint64_t file_size; /* bytes */
        char file_system[64]; /* its type, as in /proc/self/mountinfo; empty: unknown */
        char mount_point[256];
};

/* Opens path for examination. Errors: those of open(2) and of opendir(3);
 * -EINVAL when it is neither a folder nor a regular file. */
int doctor_target_open(struct doctor_target *ret_target, const char *path)
        __attribute__((warn_unused_result));
void doctor_target_close(struct doctor_target *target);

/* A fresh TCP connection over the loopback address, both ends in this process;
 * the first does not block. Errors: those of the socket calls. */
int doctor_loopback(int ret_fds[2]) __attribute__((warn_unused_result));

enum doctor_state {
        DOCTOR_OK,
        DOCTOR_MISSING,
        DOCTOR_NOTE, /* works, but there is something to know */
        DOCTOR_STATES,
};

/* "ok", "missing", "note". */
const char *doctor_state_name(enum doctor_state state);

#define DOCTOR_TEXT_MAX 200

/* The section that the methods are listed in; "auto" ends it. */
#define DOCTOR_METHODS "Transfer methods, to a TCP client"

struct doctor_finding {
        char name[32]; /* stable: what scripts look for */
        const char *section;
        const char *title;
        const char *meaning;
        enum doctor_state state;
        char value[DOCTOR_TEXT_MAX];
        const char *remedy; /* one line; NULL: there is nothing to do */
};

struct doctor_check {
        const char *name;
        const char *section;
        const char *title;

        /* Sets state and value; may set a remedy that fits better than the
         * check's own. */
        void (*probe)(const struct doctor_target *target, const struct doctor_check *check,
                      struct doctor_finding *finding);
        const char *meaning; /* what follows from having or missing it */
        const char *remedy; /* unless the state is ok */

        /* For doctor_probe_setting and doctor_probe_limit. */
        const char *file; /* below /proc/sys; its last number counts */
        uint64_t enough; /* less is worth a note */
        int resource; /* of getrlimit(2) */
        bool hard_limit; /* counts, as serve raises itself to it */
        bool zero_is_unlimited;

        int (*load)(const char **ret_error); /* for doctor_probe_library */
};

/* The table; *ret_count entries. */
const struct doctor_check *doctor_checks(size_t *ret_count);

/* Fills in a finding's state and value, like printf. */
void doctor_say(struct doctor_finding *finding, enum doctor_state state, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The first line of a file below /proc or /sys without its newline. 0 or
 * -errno. */
int doctor_read_line(const char *path, char *ret_line, size_t size)
        __attribute__((warn_unused_result));

typedef void doctor_probe(const struct doctor_target *, const struct doctor_check *,
                          struct doctor_finding *);

/* doctor_file.c: what the file system can do */
doctor_probe doctor_probe_file_system, doctor_probe_residency, doctor_probe_direct,
        doctor_probe_dontcache;
/* doctor_method.c: sends a piece of the file by a method, or by the library's
 * choice (NULL), over loopback, and compares what arrives. */
void doctor_probe_method(const struct doctor_target *target, const sluice_method *method,
                         struct doctor_finding *finding);
doctor_probe doctor_probe_auto;
/* doctor_network.c: what sockets can do */
doctor_probe doctor_probe_zerocopy, doctor_probe_ktls, doctor_probe_congestion;
/* doctor_libraries.c: what is opened when it is wanted */
doctor_probe doctor_probe_library;
/* doctor_kernel.c: what the kernel lets this process do */
doctor_probe doctor_probe_openat2, doctor_probe_io_uring, doctor_probe_landlock,
        doctor_probe_seccomp, doctor_probe_setting, doctor_probe_limit;
