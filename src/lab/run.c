#include "lab/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lab/environment.h"
#include "lab/interruption.h"
#include "lab/kernel_count.h"
#include "lab/run_case.h"
#include "lab/run_time.h"
#include "lab/sender_tls.h"

static void tell(const struct run *run, const char *what, double share, double seconds_left)
{
        if (run->options->progress)
                run->options->progress(run->options->context, what, share, seconds_left);
}

static uint64_t largest_size(const struct lab_results *results)
{
        uint64_t largest = 0;
        for (size_t i = 0; i < results->case_count; i++)
                if (results->cases[i].setting.size_bytes > largest)
                        largest = results->cases[i].setting.size_bytes;
        return largest;
}

static int open_source(struct run *run)
{
        /* Small transfers shall find different places. */
        const uint64_t fewest = UINT64_C(16) << 20;
        uint64_t size = largest_size(run->results);

        tell(run, "writing the file", 0, -1);
        int r = source_open(&run->source, run->options->folder, size < fewest ? fewest : size,
                            run->results->seed);
        if (r < 0)
                (void)snprintf(run->findings->error, sizeof(run->findings->error),
                               "cannot write a file of %ju MiB in %.120s: %s",
                               (uintmax_t)size >> 20, run->options->folder, strerror(-r));
        return r;
}

static void find_tracepoint(struct run *run)
{
        char *text = run->results->environment.count_check;
        const char *why_not;

        if (kernel_count_find(&run->tracepoint, &why_not) < 0) {
                (void)snprintf(text, LAB_TEXT_SIZE, "not checked: %s", why_not);
                return;
        }
        run->check_counts = true;
}

static void note_check(struct run *run, bool wanted)
{
        char *text = run->results->environment.count_check;
        if (run->findings->counts_differ)
                (void)snprintf(text, LAB_TEXT_SIZE, "they differ from the kernel's");
        else if (run->check_counts)
                (void)snprintf(text, LAB_TEXT_SIZE,
                               "equal to the kernel's tracepoint raw_syscalls:sys_enter, but for "
                               "those that wait "
                               "(ppoll, epoll_pwait)");
        else if (wanted)
                (void)snprintf(text, LAB_TEXT_SIZE,
                               "not checked: perf_event_open(2) is not permitted");
}

/* ---- Cases that cannot be ---- */

static int skip(struct run *run, size_t index, const char *why_not)
{
        struct lab_results *results = run->results;
        int r = results_add_skipped(results, &results->cases[index].setting, why_not);
        if (r < 0)
                return r;
        run_case_done(&run->cases[index]);
        free(results->cases[index].samples);
        results->case_count--;
        memmove(&results->cases[index], &results->cases[index + 1],
                (results->case_count - index) * sizeof(results->cases[0]));
        memmove(&run->cases[index], &run->cases[index + 1],
                (results->case_count - index) * sizeof(run->cases[0]));
        return 0;
}

#define NO_TIME                                                                                 \
        "the machine was too busy to run it often enough in the time there is: --size, --runs " \
        "or a --methods list take as long as needed"
#define INTERRUPTED "the run was interrupted before its turn"

/* Of cases with fewer runs than show anything there is none. An interrupted run
 * keeps what it has, as who ended it knows. */
static int skip_unmeasured(struct run *run)
{
        int r = 0;
        for (size_t i = 0; r == 0 && i < run->results->case_count;) {
                if (run->results->cases[i].sample_count > 0 && !run->cases[i].is_left_out)
                        i++;
                else
                        r = skip(run, i, run->results->interrupted ? INTERRUPTED : NO_TIME);
        }
        return r;
}

/* 0, or -EOPNOTSUPP with the reason. */
static int ensure_link(struct run *run, enum lab_path path, char why_not[static LAB_TEXT_SIZE])
{
        const char *reason = NULL;
        if (run->link_made[path])
                return 0;
        if (path == LAB_REMOTE && !run->options->to) {
                (void)snprintf(why_not, LAB_TEXT_SIZE, "nobody said which machine receives");
                return -EOPNOTSUPP;
        }
        int r = link_open(&run->links[path], path, run->options->to,
                          run->results->environment.receiver_core, &reason);
        if (r == 0) {
                run->link_made[path] = true;
                return 0;
        }
        (void)snprintf(why_not, LAB_TEXT_SIZE, "%s", reason ? reason : strerror(-r));
        if (path == LAB_VETH)
                return -EOPNOTSUPP;
        (void)snprintf(run->findings->error, sizeof(run->findings->error),
                       "no receiver %s %.100s: %.120s", path == LAB_REMOTE ? "at" : "over",
                       path == LAB_REMOTE ? run->options->to : lab_path_name(path), why_not);
        return r;
}

/* ---- The rounds ---- */

static void plan_case(struct run *run, size_t index)
{
        const struct lab_setting *setting = &run->results->cases[index].setting;
        const struct link *link = &run->links[setting->path];
        struct run_case *one = &run->cases[index];

        one->plan = (struct sender_plan){
                .setting = *setting,
                .source = &run->source,
                .address = &link->address,
                .congestion = run->results->environment.congestion,
                .core = run->results->environment.sender_core,
                .namespace_fd = link->namespace_fd,
                .check_counts = run->check_counts,
                .tracepoint = run->tracepoint,
        };
        one->transfers = plan_transfers(setting, run->source.size_bytes);
}

/* 0, or -EOPNOTSUPP with the reason. */
static int ensure_tls(const struct run *run, const struct lab_setting *setting,
                      char why_not[static LAB_TEXT_SIZE])
{
        const char *reason = sender_tls_why_not(setting, run->source.fd);
        if (!reason)
                return 0;
        (void)snprintf(why_not, LAB_TEXT_SIZE, "%s", reason);
        sender_tls_reword(why_not, LAB_TEXT_SIZE);
        return -EOPNOTSUPP;
}

/* Every case once: does it work, do the bytes arrive, how long does it take? */
static int prepare(struct run *run)
{
        struct lab_results *results = run->results;
        size_t count = results->case_count, done = 0;

        for (size_t i = 0; i < results->case_count; done++) {
                char why_not[LAB_TEXT_SIZE];
                tell(run, "checking what arrives", (double)done / (double)count, -1);
                /* What is left is for measuring those that are prepared: six runs take
                 * at least as long as three of these. */
                bool no_time = run->options->in_time && i > 1 && run_time_is_over(run, 0.4);
                if (interruption_came() || no_time) {
                        if (skip(run, i, no_time ? NO_TIME : INTERRUPTED) < 0)
                                return -ENOMEM;
                        continue;
                }
                int r = ensure_link(run, results->cases[i].setting.path, why_not);
                if (r == 0)
                        r = ensure_tls(run, &results->cases[i].setting, why_not);
                if (r == 0) {
                        plan_case(run, i);
                        r = run_case_prepare(run, i, why_not);
                }
                if (r == -EOPNOTSUPP)
                        r = skip(run, i, why_not);
                else
                        i++;
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Round after round, each in an order of its own, so that what changes on the
 * machine meanwhile meets every case alike. */
static int measure(struct run *run)
{
        size_t count = run->results->case_count;
        uint64_t random = run->results->seed;
        uint32_t *order = calloc(count + 1, sizeof(*order));
        bool any = order != NULL;
        int r = order ? 0 : -ENOMEM;

        while (r == 0 && any) {
                any = false;
                plan_shuffle(order, count, &random);
                for (size_t i = 0; r == 0 && i < count; i++) {
                        char label[LAB_LABEL_SIZE];
                        double left, share = run_time_progress(run, &left);
                        r = run_time_leave_out(run);
                        if (r < 0 || run_time_is_done(run, order[i]))
                                continue;
                        tell(run, setting_label(&run->cases[order[i]].plan.setting, label), share,
                             left);
                        any = true;
                        r = run_case_measure(run, order[i]);
                }
        }
        free(order);
        return r;
}

static int run_all(struct run *run)
{
        struct lab_results *results = run->results;

        int r = open_source(run);
        if (r < 0)
                return r;
        environment_fill(&results->environment, run->options->folder, run->source.fd);
        (void)snprintf(results->environment.congestion, sizeof(results->environment.congestion),
                       "%s", link_congestion());
        if (run->options->to)
                (void)snprintf(results->environment.to, sizeof(results->environment.to), "%s",
                               run->options->to);
        results->runs_wanted = run->options->time.runs;
        find_tracepoint(run);
        bool wanted = run->check_counts;
        r = prepare(run);
        note_check(run, wanted);
        if (r == 0)
                r = run_time_share(run);
        if (r == 0)
                r = measure(run);
        results->interrupted = interruption_came();
        run->findings->overrun_ns = run_time_overrun_ns(run);
        if (r == 0)
                r = skip_unmeasured(run);
        for (size_t i = 0; r == 0 && i < results->case_count; i++)
                run_case_note(run, i);
        return r;
}

int run_measure(struct lab_results *results, const struct run_options *options,
                struct run_findings *findings)
{
        struct run run = {
                .results = results,
                .options = options,
                .findings = findings,
                .source.fd = -1,
                .began_ns = clock_monotonic_ns(),
                .cases = calloc(results->case_count + 1, sizeof(*run.cases)),
        };

        *findings = (struct run_findings){0};
        (void)signal(SIGPIPE, SIG_IGN);
        interruption_watch("\nending with what was measured; once more ends at once\n");
        int r = run.cases ? run_all(&run) : -ENOMEM;
        for (size_t i = 0; run.cases && i < results->case_count; i++)
                run_case_done(&run.cases[i]);
        for (size_t i = 0; i < LAB_PATHS; i++)
                if (run.link_made[i])
                        link_close(&run.links[i]);
        source_close(&run.source);
        free(run.cases);
        interruption_release();
        if (r < 0 && !findings->error[0])
                (void)snprintf(findings->error, sizeof(findings->error), "%s", strerror(-r));
        return r;
}
