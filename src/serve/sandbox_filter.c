/* Writes the filter of system calls, as BPF, for sandbox_seccomp.c: sandbox_calls.def,
 * and those below, which are allowed with some arguments only. Runs when sluice is built;
 * at every start it would be the longest part of it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "serve/sanitized.h"

/* <sys/prctl.h>, Linux 5.17: malloc names its arenas. */
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

#ifndef SYS_cachestat
#define SYS_cachestat 451 /* Linux 6.5, the same on every architecture */
#endif

static const struct {
        const char *name;
        bool runtime; /* a sanitizer's only */
} allowed[] = {
#define CALL(name, why) {#name, false},
#define RUNTIME(name, why) {#name, true},
#include "serve/sandbox_calls.def"
#undef CALL
#undef RUNTIME
};

/* Those whose masked argument must have one value. */
static const struct {
        const char *name;
        unsigned argument;
        uint64_t mask;
        uint64_t value;
} allowed_if[] = {
        /* Data never becomes code. */
        {"mmap", 2, PROT_EXEC, 0},
        {"mprotect", 2, PROT_EXEC, 0},
        /* Threads, but no processes. */
        {"clone", 0, CLONE_THREAD, CLONE_THREAD},
        /* By /proc/self/fd, to read past the page cache; nothing is written. */
        {"openat", 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
        {"prctl", 0, UINT64_MAX, PR_SET_NAME},
        {"prctl", 0, UINT64_MAX, PR_SET_VMA},
};

/* Refused, not deadly: who asks knows another way. */
static const struct {
        const char *name;
        int error;
} refused[] = {
        /* Its flags are behind a pointer; the C library then takes clone(2). */
        {"clone3", ENOSYS},
        /* A filter cannot see what is asked by way of a ring. */
        {"io_uring_setup", EPERM},
        {"io_uring_enter", EPERM},
        {"io_uring_register", EPERM},
};

/* A call that this architecture does not have needs no rule. */
static int add_rule(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
                    const struct scmp_arg_cmp *comparison)
{
        int number = seccomp_syscall_resolve_name(name);
        if (number < 0)
                return 0;
        return seccomp_rule_add_array(filter, action, number, count, comparison);
}

static int add_rules(scmp_filter_ctx filter, bool io_uring)
{
        /* By number: newer than libseccomp's list of names may be. */
        int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SYS_cachestat, 0);

        for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && r == 0; i++)
                if (SANITIZED || !allowed[i].runtime)
                        r = add_rule(filter, SCMP_ACT_ALLOW, allowed[i].name, 0, NULL);
        for (size_t i = 0; i < sizeof(allowed_if) / sizeof(allowed_if[0]) && r == 0 && !SANITIZED;
             i++) {
                const struct scmp_arg_cmp comparison = {
                        .arg = allowed_if[i].argument,
                        .op = SCMP_CMP_MASKED_EQ,
                        .datum_a = allowed_if[i].mask,
                        .datum_b = allowed_if[i].value,
                };
                r = add_rule(filter, SCMP_ACT_ALLOW, allowed_if[i].name, 1, &comparison);
        }
        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && r == 0; i++) {
                bool is_ring = strncmp(refused[i].name, "io_uring_", 9) == 0;
                r = add_rule(filter,
                             is_ring && io_uring ? SCMP_ACT_ALLOW
                                                 : SCMP_ACT_ERRNO((uint16_t)refused[i].error),
                             refused[i].name, 0, NULL);
        }
        return r;
}

static int print(scmp_filter_ctx filter, const char *name)
{
        FILE *file = tmpfile();
        struct sock_filter line;

        if (!file)
                return -errno;
        int r = seccomp_export_bpf(filter, fileno(file));
        rewind(file);
        (void)printf("static const struct sock_filter %s[] = {\n", name);
        while (r == 0 && fread(&line, sizeof(line), 1, file) == 1)
                (void)printf("        {0x%02x, %u, %u, 0x%08x},\n", line.code, line.jt, line.jf,
                             line.k);
        (void)printf("};\n");
        (void)fclose(file);
        return r;
}

static int make(const char *name, bool io_uring)
{
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
        if (!filter)
                return -ENOMEM;
        int r = add_rules(filter, io_uring);
        /* A tree instead of a list: every call is looked up at every call. */
        if (r == 0)
                r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        if (r == 0)
                r = print(filter, name);
        seccomp_release(filter);
        return r;
}

int main(void)
{
        int r = make("filter", false);
        if (r == 0)
                r = make("filter_with_io_uring", true);
        if (r == 0 && fflush(stdout) != 0)
                r = -errno;
        if (r < 0)
                (void)fprintf(stderr, "sandbox_filter: %s\n", strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
