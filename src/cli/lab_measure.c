#include "cli/lab_measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "lab/progress.h"
#include "lab/run.h"
#include "lab/statistics.h"

static double seconds(uint64_t ns)
{
        return (double)ns / (double)NS_PER_S;
}

/* Nothing was measured before the interruption. */
static bool is_empty(const struct lab_results *results)
{
        if (results->interrupted && results->case_count == 0)
                (void)fprintf(stderr, "sluice lab: interrupted before anything was measured\n");
        return results->interrupted && results->case_count == 0;
}

/* What takes minutes says so before it begins. */
static void announce(const struct lab_results *results, const struct plan_time *time)
{
        if (time->total_ns == 0 && time->limit_ns > 0)
                (void)fprintf(
                        stderr,
                        "sluice lab: %zu cases of %.0f s or %u runs each, but in all no longer "
                        "than %.0f minutes\n",
                        results->case_count, seconds(time->case_ns), time->runs,
                        seconds(time->limit_ns) / 60);
}

static void complain(int error, bool interrupted, const struct run_findings *findings)
{
        if (error == 0 && !interrupted && findings->overrun_ns > NS_PER_S)
                (void)fprintf(stderr,
                              "sluice lab: took %.0f s longer than planned, as fewer than %d runs "
                              "a case would show nothing\n",
                              seconds(findings->overrun_ns), STATISTICS_FEWEST);
        if (error < 0)
                (void)fprintf(stderr, "sluice lab: %s\n", findings->error);
        else if (findings->counts_differ)
                (void)fprintf(stderr,
                              "sluice lab: WRONG COUNTS, an error of sluice's: please report "
                              "it: %s\n",
                              findings->error);
}

int lab_measure(struct lab_results *results, const char *folder, const char *to, bool in_time,
                const struct lab_output *output)
{
        struct progress progress;
        struct run_findings findings;
        const struct run_options options = {
                .folder = folder,
                .to = to,
                .time = plan_time_of(results),
                .in_time = in_time,
                .progress = progress_show,
                .context = &progress,
        };

        if (in_time && !lab_is_silent(output))
                announce(results, &options.time);
        struct lab_outlet outlet;
        int code = lab_outlet_open(&outlet, output);
        if (code != EXIT_SUCCESS) {
                lab_outlet_close(&outlet);
                return code;
        }
        progress_init(&progress, lab_wants_progress(output));
        int r = run_measure(results, &options, &findings);
        progress_clear(&progress);
        /* What was measured before something went wrong is of no use. */
        if (r < 0 || is_empty(results))
                code = EXIT_FAILURE;
        else
                code = lab_outlet_put(&outlet, results);
        lab_outlet_close(&outlet);
        complain(r, results->interrupted, &findings);
        if (results->interrupted)
                return EXIT_INTERRUPTED;
        return findings.counts_differ ? EXIT_FAILURE : code;
}
