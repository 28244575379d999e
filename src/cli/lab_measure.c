#include "cli/lab_measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "lab/progress.h"
#include "lab/run.h"

static void complain(int error, const struct run_findings *findings)
{
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

        progress_init(&progress, lab_wants_progress(output));
        int r = run_measure(results, &options, &findings);
        progress_clear(&progress);
        /* What was measured before something went wrong is of no use. */
        int code = r < 0 ? EXIT_FAILURE : lab_put_out(results, output);
        complain(r, &findings);
        return findings.counts_differ ? EXIT_FAILURE : code;
}
