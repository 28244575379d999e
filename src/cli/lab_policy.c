/* `sluice lab policy`: what a server should do on this machine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/commands.h"
#include "cli/lab_file.h"
#include "cli/lab_measure.h"
#include "lab/libraries.h"
#include "lab/policy.h"
#include "lab/progress.h"
#include "lab/run.h"
#include "lab/statistics.h"

#define FIELD(name) offsetof(struct policy_options, name)
#define SOURCE_BYTES STEP_SIZES_SOURCE_BYTES

struct policy_options {
        const char *folder;
        const char *output;
        uint64_t runs;
};

/* What only the policy asks for. */
struct extra {
        struct small_body bodies[SMALL_BODIES_SIZES];
        struct step_size steps[STEP_SIZES];
};

static int measure_extra(struct extra *extra, struct progress *progress,
                         const struct lab_results *results, const struct policy_options *wanted)
{
        const int cores[2] = {results->environment.sender_core, results->environment.receiver_core};
        struct source source;
        int r = source_open(&source, wanted->folder, SOURCE_BYTES, results->seed);
        if (r < 0)
                return r;
        progress_show(progress, "small bodies", 1, -1);
        r = small_bodies_measure(extra->bodies, &source, cores, results->seed);
        progress_show(progress, "steps", 1, -1);
        if (r == 0)
                r = step_sizes_measure(extra->steps, &source, &results->environment,
                                       (uint32_t)wanted->runs, results->seed);
        source_close(&source);
        return r;
}

static int measure(struct lab_results *results, struct extra *extra,
                   const struct policy_options *wanted)
{
        struct progress progress;
        struct run_findings findings = {0};
        const struct run_options options = {
                .folder = wanted->folder,
                .time = {.runs = (uint32_t)wanted->runs, .runs_fewest = (uint32_t)wanted->runs},
                .progress = progress_show,
                .context = &progress,
        };

        progress_init(&progress, true);
        int r = run_measure(results, &options, &findings);
        if (r == 0 && results->interrupted)
                r = -EINTR;
        if (r == 0)
                r = measure_extra(extra, &progress, results, wanted);
        progress_clear(&progress);
        if (r < 0 && r != -EINTR)
                (void)fprintf(stderr, "sluice lab policy: %s\n",
                              findings.error[0] ? findings.error : strerror(-r));
        return r;
}

struct written {
        const struct policy *policy;
        const struct lab_environment *environment;
};

static int write_policy(const void *what, FILE *out)
{
        const struct written *written = what;
        return policy_write(written->policy, written->environment, out);
}

static int put_out(const struct policy *policy, const struct lab_results *results, const char *path)
{
        const struct written written = {.policy = policy, .environment = &results->environment};
        int r = lab_file_write(path ? path : "-", write_policy, &written);
        if (r < 0)
                (void)fprintf(stderr, "sluice lab policy: cannot write %s: %s\n",
                              path ? path : "the policy", strerror(-r));
        return r;
}

static int run(const void *filled)
{
        const struct policy_options *wanted = filled;
        struct extra extra = {0};
        struct lab_results results = {.seed = 1, .mode = LAB_MODE_RUNS};
        struct policy policy;

        int r = wanted->output ? lab_file_check(wanted->output) : 0;
        if (r < 0) {
                (void)fprintf(stderr, "sluice lab policy: cannot write %s: %s\n", wanted->output,
                              strerror(-r));
                return EXIT_FAILURE;
        }
        r = policy_plan(&results);
        if (r == 0)
                r = measure(&results, &extra, wanted);
        if (r == -EINTR) {
                (void)fprintf(stderr, "sluice lab policy: interrupted: too few runs for a policy, "
                                      "and none is written\n");
                results_done(&results);
                return EXIT_INTERRUPTED;
        }
        if (r == 0) {
                r = policy_decide(&policy, &results, extra.bodies, extra.steps);
                if (r < 0)
                        (void)fprintf(stderr, "sluice lab policy: cannot decide: %s\n",
                                      strerror(-r));
        }
        if (r == 0)
                r = put_out(&policy, &results, wanted->output);
        step_sizes_done(extra.steps);
        results_done(&results);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static const struct option_spec options[] = {
        {
                .name = "output",
                .letter = 'o',
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Write the policy to this file (default: standard output)",
                .offset = FIELD(output),
        },
        {
                .name = "runs",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "15",
                .help = "Samples a case. More show smaller differences",
                .offset = FIELD(runs),
                .minimum = STATISTICS_FEWEST,
                .maximum = 10000,
        },
};

const struct command command_lab_policy = {
        .name = "lab policy",
        .summary = "Find what a server should do on this machine, for 'sluice serve --policy'",
        .operand = "[FOLDER]",
        .operand_help = "A folder on the file system that shall be served (default: the current "
                        "folder)",
        .operand_default = ".",
        .operand_offset = FIELD(folder),
        .groups = ONE_GROUP(options),
        .size = sizeof(struct policy_options),
        .load = lab_libraries_load,
        .run = run,
};
