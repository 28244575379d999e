#include "lab/sender.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "lab/kernel_count.h"
#include "lab/process.h"
#include "lab/protocol.h"
#include "lab/sender_streams.h"
#include "lab/sender_tls.h"

struct sender {
        pid_t process;
        int fd; /* a socket pair's end: orders out, replies in */
};

struct order {
        uint32_t transfers;
        uint32_t check;
};

/* What the process had used at a moment. */
struct usage {
        uint64_t cpu_ns;
        uint64_t user_us, system_us; /* as ticks saw it */
        struct rusage faults;
        uint64_t counters[SLUICE_COUNTERS];
        uint64_t calls[LAB_CALLS_MAX];
};

static void read_usage(struct usage *usage)
{
        struct timespec cpu;

        for (int i = 0; i < SLUICE_COUNTERS; i++)
                usage->counters[i] = sluice_process_count(NULL, i);
        for (size_t i = 0; i < LAB_CALLS_MAX && sluice_process_calls(i, &usage->calls[i]); i++)
                ;
        (void)getrusage(RUSAGE_SELF, &usage->faults);
        /* All threads, those that io_uring works with included; in ns. */
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
        usage->cpu_ns = (uint64_t)cpu.tv_sec * NS_PER_S + (uint64_t)cpu.tv_nsec;
        usage->user_us = (uint64_t)usage->faults.ru_utime.tv_sec * 1000000 +
                         (uint64_t)usage->faults.ru_utime.tv_usec;
        usage->system_us = (uint64_t)usage->faults.ru_stime.tv_sec * 1000000 +
                           (uint64_t)usage->faults.ru_stime.tv_usec;
}

static void fill_sample(struct lab_sample *sample, const struct usage *before,
                        const struct usage *after)
{
        uint64_t cpu_ns = after->cpu_ns - before->cpu_ns;
        uint64_t user_us = after->user_us - before->user_us;
        uint64_t both_us = user_us + after->system_us - before->system_us;

        sample->cpu_user_ns =
                both_us ? (uint64_t)((double)cpu_ns * (double)user_us / (double)both_us) : 0;
        sample->cpu_system_ns = cpu_ns - sample->cpu_user_ns;
        for (int i = 0; i < SLUICE_COUNTERS; i++)
                sample->counters[i] = after->counters[i] - before->counters[i];
        for (size_t i = 0; i < LAB_CALLS_MAX; i++)
                sample->calls[i] = after->calls[i] - before->calls[i];
        sample->switches_voluntary = (uint64_t)(after->faults.ru_nvcsw - before->faults.ru_nvcsw);
        sample->switches_involuntary =
                (uint64_t)(after->faults.ru_nivcsw - before->faults.ru_nivcsw);
        sample->faults_minor = (uint64_t)(after->faults.ru_minflt - before->faults.ru_minflt);
        sample->faults_major = (uint64_t)(after->faults.ru_majflt - before->faults.ru_majflt);
        /* In units of 512 bytes, whatever the disk's are: getrusage(2). */
        sample->disk_bytes = (uint64_t)(after->faults.ru_inblock - before->faults.ru_inblock) * 512;
}

/* What TLS sends, and what a source asks, is no transfer's call: but the method costs it. */
static void add_record_calls(struct lab_sample *sample, uint64_t calls)
{
        const char *name;
        uint64_t ignored;

        sample->counters[SLUICE_SYSTEM_CALLS] = 0;
        for (size_t i = 0; i < LAB_CALLS_MAX && (name = sluice_process_calls(i, &ignored)); i++) {
                if (strcmp(name, "sendto") == 0)
                        sample->calls[i] += calls;
                sample->counters[SLUICE_SYSTEM_CALLS] += sample->calls[i];
        }
}

/* Ours against the kernel's, name by name and in all. */
static void compare_counts(struct sender_reply *reply, const struct kernel_counts *kernel,
                           uint64_t own_calls)
{
        const struct lab_sample *sample = &reply->sample;
        /* The last one is the call that ended the counting. */
        uint64_t ours = sample->counters[SLUICE_SYSTEM_CALLS] + own_calls + 1;
        uint64_t theirs = kernel->all - kernel->left_out;
        const char *name;
        uint64_t ignored;

        reply->counts_checked = true;
        for (size_t i = 0; i < LAB_CALLS_MAX && (name = sluice_process_calls(i, &ignored)); i++) {
                if (!kernel->is_apart[i])
                        ours -= sample->calls[i];
                if (!kernel->is_apart[i] || sample->calls[i] == kernel->calls[i])
                        continue;
                reply->counts_differ = true;
                (void)snprintf(reply->text, sizeof(reply->text),
                               "%s: counted %ju times, but the kernel saw %ju", name,
                               (uintmax_t)sample->calls[i], (uintmax_t)kernel->calls[i]);
                return;
        }
        if (ours != theirs) {
                reply->counts_differ = true;
                (void)snprintf(reply->text, sizeof(reply->text),
                               "system calls: counted %ju, but the kernel saw %ju", (uintmax_t)ours,
                               (uintmax_t)theirs);
        }
}

static void serve(const struct sender_plan *plan, struct sender_streams *streams,
                  struct kernel_count *kernel, struct sender_reply *reply)
{
        struct usage before = {0}, after = {0};
        struct kernel_counts counts;
        uint64_t cached_before = 0, cached_after = 0;
        uint64_t memory = process_reset_peak_memory(), peak;

        (void)source_cached_bytes(plan->source->fd, &cached_before);
        read_usage(&before);
        if (kernel)
                kernel_count_start(kernel);
        reply->error = streams_serve(streams);
        bool counted = kernel && kernel_count_stop(kernel, &counts) == 0;
        read_usage(&after);
        (void)source_cached_bytes(plan->source->fd, &cached_after);

        fill_sample(&reply->sample, &before, &after);
        if (streams->tls)
                add_record_calls(&reply->sample, streams->record_calls);
        peak = process_peak_memory();
        reply->sample.peak_memory_bytes = peak > memory ? peak - memory : 0;
        if (cached_after > cached_before)
                reply->sample.cache_growth_bytes = cached_after - cached_before;
        if (counted && reply->error == 0)
                compare_counts(reply, &counts, streams->own_calls);
}

static void do_order(const struct sender_plan *plan, struct tls_context *tls,
                     const struct order *order, struct sender_reply *reply)
{
        struct sender_streams streams = {
                .plan = plan,
                .method = sluice_method_find(plan->setting.method),
                .tls = tls,
        };
        struct kernel_count *kernel = NULL;

        if (order->check && plan->check_counts &&
            kernel_count_open(&kernel, plan->tracepoint, tls != NULL) < 0)
                kernel = NULL;
        reply->error = streams_open(&streams, order->transfers);
        if (reply->error == 0)
                serve(plan, &streams, kernel, reply);
        reply->unsupported = reply->error == -EOPNOTSUPP;
        if (reply->error < 0)
                (void)snprintf(reply->text, sizeof(reply->text), "%s",
                               streams.why_not ? streams.why_not : strerror(-reply->error));
        reply->sample.transfers = order->transfers * plan->setting.connections;
        streams_close(&streams);
        kernel_count_close(kernel);
}

_Noreturn static void run(const struct sender_plan *plan, int fd)
{
        char label[LAB_LABEL_SIZE];
        struct tls_context *tls = NULL;
        struct order order;

        process_prepare(setting_label(&plan->setting, label), plan->core);
        /* What the lab had and freed is not this process's. */
        (void)malloc_trim(0);
        /* The allocator shall keep what it has: its system calls are not the
         * method's, and would be in the kernel's count. */
        (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
        (void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
        /* In the network of this machine, where the kernel's TLS is tried over loopback. */
        if (plan->setting.tls != LAB_PLAIN && sender_tls_prepare(&tls, &plan->setting) < 0)
                _exit(1);
        if (plan->namespace_fd >= 0 && setns(plan->namespace_fd, CLONE_NEWNET) < 0)
                _exit(1);
        while (read(fd, &order, sizeof(order)) == sizeof(order)) {
                struct sender_reply reply = {0};
                do_order(plan, tls, &order, &reply);
                if (write(fd, &reply, sizeof(reply)) != sizeof(reply))
                        break;
        }
        _exit(0);
}

int sender_start(struct sender **ret, const struct sender_plan *plan)
{
        int ends[2];
        struct sender *sender = calloc(1, sizeof(*sender));
        if (!sender)
                return -ENOMEM;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
                free(sender);
                return -errno;
        }
        sender->process = process_fork();
        if (sender->process == 0) {
                (void)close(ends[0]);
                run(plan, ends[1]);
        }
        fd_close(&ends[1]);
        sender->fd = ends[0];
        if (sender->process < 0) {
                int r = -errno;
                fd_close(&sender->fd);
                free(sender);
                return r;
        }
        *ret = sender;
        return 0;
}

int sender_begin(struct sender *sender, uint32_t transfers, bool check)
{
        struct order order = {.transfers = transfers, .check = check};
        return protocol_write(sender->fd, &order, sizeof(order));
}

int sender_end(struct sender *sender, struct sender_reply *ret)
{
        ssize_t n = recv(sender->fd, ret, sizeof(*ret), 0);
        if (n < 0)
                return -errno;
        return n == sizeof(*ret) ? 0 : -EPIPE;
}

void sender_stop(struct sender *sender)
{
        if (!sender)
                return;
        /* Processes forked since have the descriptor, too: closing would not
         * be seen. */
        (void)shutdown(sender->fd, SHUT_RDWR);
        fd_close(&sender->fd);
        (void)waitpid(sender->process, NULL, 0);
        free(sender);
}
