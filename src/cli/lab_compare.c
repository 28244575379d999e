/* `sluice lab compare BEFORE AFTER`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/lab_output.h"
#include "lab/comparison.h"
#include "lab/libraries.h"

struct compare_options {
        struct lab_output output; /* the first */
        const char *files[2];
        size_t file_count;
};

static int run(const void *filled)
{
        const struct compare_options *wanted = filled;
        struct lab_results before = {0}, after = {0};
        struct report_style style = lab_style_of(&wanted->output);

        if (wanted->file_count != 2) {
                (void)fprintf(stderr, "sluice lab compare: name two files that 'sluice lab "
                                      "--export-json' wrote\n");
                return EXIT_USAGE;
        }
        int code = lab_read_results(&before, wanted->files[0]);
        if (code == EXIT_SUCCESS)
                code = lab_read_results(&after, wanted->files[1]);
        if (code == EXIT_SUCCESS && !lab_is_silent(&wanted->output) &&
            (comparison_print(&before, &after, &style, stdout) < 0 || fflush(stdout) == EOF)) {
                (void)fprintf(stderr, "sluice lab compare: cannot print the comparison\n");
                code = EXIT_FAILURE;
        }
        results_done(&before);
        results_done(&after);
        return code;
}

const struct command command_lab_compare = {
        .name = "lab compare",
        .summary = "Say how one run's results differ from another's",
        .operand = "BEFORE AFTER",
        .operand_help = "Two files that 'sluice lab --export-json' wrote",
        .operand_offset = offsetof(struct compare_options, files),
        .operand_max = 2,
        .operand_count_offset = offsetof(struct compare_options, file_count),
        .groups = (const struct option_group *const[]){&lab_style_options, NULL},
        .size = sizeof(struct compare_options),
        .load = lab_libraries_load,
        .run = run,
};
