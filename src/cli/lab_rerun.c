/* `sluice lab rerun FILE`: the same cases in the same order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/lab_measure.h"
#include "lab/libraries.h"

#define FIELD(name) offsetof(struct rerun_options, name)

struct rerun_options {
        struct lab_output output; /* the first */
        const char *file;
        const char *folder;
};

/* Another version may have had another method. */
static int add(struct lab_results *results, const struct lab_setting *setting)
{
        if (!sluice_method_find(setting->method))
                return results_add_skipped(results, setting, "this sluice has no such method");
        return results_add_case(results, setting);
}

/* What was skipped then may be possible now. */
static int plan_again(struct lab_results *results, const struct lab_results *before)
{
        int r = 0;
        *results = (struct lab_results){.seed = before->seed, .runs_wanted = before->runs_wanted};
        (void)snprintf(results->mode, sizeof(results->mode), "%s", before->mode);
        for (size_t i = 0; r == 0 && i < before->case_count; i++)
                r = add(results, &before->cases[i].setting);
        for (size_t i = 0; r == 0 && i < before->skipped_count; i++)
                r = add(results, &before->skipped[i].setting);
        return r;
}

static int run(const void *filled)
{
        const struct rerun_options *wanted = filled;
        struct lab_results before = {0}, results = {0};
        struct lab_output output = wanted->output;

        if (!wanted->file) {
                (void)fprintf(stderr, "sluice lab rerun: which run? Name the file that 'sluice "
                                      "lab --export-json' wrote\n");
                return EXIT_USAGE;
        }
        int code = lab_read_results(&before, wanted->file);
        if (code == EXIT_SUCCESS && plan_again(&results, &before) < 0)
                code = EXIT_FAILURE;
        if (!output.baseline)
                output.baseline = wanted->file;
        /* Its cases are those that fitted; only the many of --full have an end to keep to. */
        bool in_time = strcmp(before.mode, "full") == 0;
        const char *to = before.environment.to[0] ? before.environment.to : NULL;
        if (code == EXIT_SUCCESS)
                code = lab_measure(&results,
                                   wanted->folder ? wanted->folder : before.environment.folder, to,
                                   in_time, &output);
        results_done(&before);
        results_done(&results);
        return code;
}

static const struct option_spec options[] = {
        {
                .name = "folder",
                .kind = OPTION_TEXT,
                .value = "DIR",
                .help = "Where the file that is sent is made (default: where it was)",
                .offset = FIELD(folder),
        },
};

static const struct option_group measured = {.title = "What is measured", OPTIONS(options)};
static const struct option_group *const groups[] = {
        &measured,
        &lab_style_options,
        &lab_file_options,
        NULL,
};

const struct command command_lab_rerun = {
        .name = "lab rerun",
        .summary = "Measure again what a run measured, and compare",
        .operand = "FILE",
        .operand_help = "The results of that run, as 'sluice lab --export-json' writes them",
        .operand_offset = FIELD(file),
        .groups = groups,
        .size = sizeof(struct rerun_options),
        .load = lab_libraries_load,
        .run = run,
};
