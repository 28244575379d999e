#include "lab/run_time.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "lab/interruption.h"

/* 0: as long as it takes. */
static uint64_t limit_of(const struct run *run)
{
        const struct plan_time *time = &run->options->time;
        return run->options->in_time ? time->limit_ns : time->total_ns;
}

static uint64_t gone_ns(const struct run *run)
{
        return clock_monotonic_ns() - run->began_ns;
}

bool run_time_is_over(const struct run *run, double share)
{
        uint64_t limit_ns = limit_of(run);
        return limit_ns > 0 && (double)gone_ns(run) > share * (double)limit_ns;
}

uint64_t run_time_overrun_ns(const struct run *run)
{
        uint64_t limit_ns = limit_of(run), gone = gone_ns(run);
        return limit_ns > 0 && gone > limit_ns ? gone - limit_ns : 0;
}

/* What is left of so much when the preparations had their part. */
static uint64_t left_of(const struct run *run, uint64_t total_ns)
{
        uint64_t gone = gone_ns(run);
        /* A third is left to the samples however long those took. */
        return gone < total_ns / 3 * 2 ? total_ns - gone : total_ns / 3;
}

int run_time_share(struct run *run)
{
        size_t count = run->results->case_count;
        uint64_t *run_ns = calloc(2 * count + 1, sizeof(*run_ns));
        uint64_t sum = 0, limit_ns = limit_of(run);
        if (!run_ns)
                return -ENOMEM;
        uint64_t *shares = run_ns + count;
        for (size_t i = 0; i < count; i++)
                run_ns[i] = run->cases[i].run_ns;
        struct plan_time time = run->options->time;
        if (time.total_ns > 0)
                time.total_ns = left_of(run, time.total_ns);
        plan_share(&time, run_ns, shares, count);
        for (size_t i = 0; i < count; i++)
                sum += shares[i];
        /* So much a case, but not so much for all of them. */
        if (time.total_ns == 0 && limit_ns > 0 && sum > left_of(run, limit_ns)) {
                time.total_ns = left_of(run, limit_ns);
                plan_share(&time, run_ns, shares, count);
        }
        for (size_t i = 0; i < count; i++)
                run->cases[i].share_ns = shares[i];
        run->results->case_ns = time.case_ns;
        if (count > 0 && time.total_ns > 0)
                run->results->case_ns = time.total_ns / count;
        free(run_ns);
        return 0;
}

/* Until it has the fewest runs. Before the first, all that is known is the round
 * that was hashed, which takes about twice as long. */
static uint64_t missing_ns(const struct run *run, size_t index)
{
        const struct run_case *one = &run->cases[index];
        size_t runs = run->results->cases[index].sample_count;
        uint64_t fewest = run->options->time.runs_fewest;

        if (one->is_left_out || runs >= fewest)
                return 0;
        return (fewest - runs) * (runs ? one->spent_ns / runs : one->run_ns / 2);
}

int run_time_leave_out(struct run *run)
{
        const struct lab_results *results = run->results;
        uint64_t limit_ns = limit_of(run), gone = gone_ns(run);
        size_t found = 0;

        if (!run->options->in_time || limit_ns == 0)
                return 0;
        uint64_t *missing = calloc(results->case_count + 1, sizeof(*missing));
        if (!missing)
                return -ENOMEM;
        while (found < results->case_count) {
                for (size_t i = 0; i < results->case_count; i++)
                        missing[i] = missing_ns(run, i);
                found = plan_left_out(results, missing, gone < limit_ns ? limit_ns - gone : 0);
                if (found < results->case_count)
                        run->cases[found].is_left_out = true;
        }
        free(missing);
        return 0;
}

bool run_time_is_done(const struct run *run, size_t index)
{
        const struct plan_time *time = &run->options->time;
        const struct run_case *one = &run->cases[index];
        size_t runs = run->results->cases[index].sample_count;

        if (one->is_left_out || interruption_came())
                return true;
        /* Rather longer than promised than figures that show nothing. */
        if (runs < time->runs_fewest)
                return false;
        /* On a busy machine what was estimated may be far off. */
        if (run_time_is_over(run, 1))
                return true;
        bool is_shared = time->total_ns > 0 || run->options->in_time;
        if (!is_shared && runs < time->runs)
                return false;
        if (time->total_ns == 0 && time->case_ns == 0)
                return true;
        /* Nearest to the share, so that the ends of all cases do not add up. */
        return one->spent_ns + one->run_ns / 2 >= one->share_ns;
}

double run_time_progress(const struct run *run, double *ret_seconds_left)
{
        uint64_t all = 0, spent = 0;
        for (size_t i = 0; i < run->results->case_count; i++) {
                const struct run_case *one = &run->cases[i];
                if (one->is_left_out)
                        continue;
                all += one->share_ns;
                spent += one->spent_ns < one->share_ns ? one->spent_ns : one->share_ns;
        }
        *ret_seconds_left = (double)(all - spent) / (double)NS_PER_S;
        return all ? (double)spent / (double)all : 0;
}
