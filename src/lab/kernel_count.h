/* The kernel's own count of a process's system calls: the tracepoint
 * raw_syscalls:sys_enter, counted by perf_event_open(2), one event a name. For
 * root, or where perf_event_paranoid allows it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lab/results.h"

struct kernel_counts {
        uint64_t all; /* the one that ends the counting included */
        uint64_t left_out; /* brk(2), the allocator's own, and what waits: the kernel begins a
                              wait again when io_uring's work interrupts it, restart_syscall(2);
                              where it encrypts, what OpenSSL asks for a ticket's randomness */
        uint64_t calls[LAB_CALLS_MAX]; /* as in struct lab_sample */
        bool is_apart[LAB_CALLS_MAX]; /* false: it is among left_out, and not told from the rest */
};

/* The tracepoint's number. Where tracefs is not mounted, root mounts it for a
 * moment in a mount namespace of its own. *ret_why_not: static. */
int kernel_count_find(uint64_t *ret_tracepoint, const char **ret_why_not)
        __attribute__((warn_unused_result));

struct kernel_count;

/* Prepares to count the calls of the calling process, which encrypts or not. Errors:
 * those of perf_event_open(2). */
int kernel_count_open(struct kernel_count **ret, uint64_t tracepoint, bool encrypts)
        __attribute__((warn_unused_result));
void kernel_count_start(struct kernel_count *count);
/* Errors: -EIO. */
int kernel_count_stop(struct kernel_count *count, struct kernel_counts *ret)
        __attribute__((warn_unused_result));
void kernel_count_close(struct kernel_count *count);
