/* `sluice lab compare BEFORE AFTER`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/lab_output.h"
#include "lab/comparison.h"

struct compare_options {
        const char *files[2];
        size_t file_count;
        struct lab_output output;
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
        if (code == EXIT_SUCCESS &&
            (comparison_print(&before, &after, &style, stdout) < 0 || fflush(stdout) == EOF)) {
                (void)fprintf(stderr, "sluice lab compare: cannot print the comparison\n");
                code = EXIT_FAILURE;
        }
        results_done(&before);
        results_done(&after);
        return code;
}

static const struct option_spec options[] = {
        {
                .name = "style",
                .kind = OPTION_TEXT,
                .value = "STYLE",
                .default_text = "auto",
                .help = "basic: no colour; full: colour also where there is no terminal",
                .offset = offsetof(struct compare_options, output.style),
                .check = lab_check_style,
                .expected = "auto, basic, full or none",
                .choice = lab_style_choice,
        },
};

const struct command command_lab_compare = {
        .name = "lab compare",
        .summary = "Say how one run's results differ from another's",
        .operand = "[BEFORE AFTER]",
        .operand_help = "Two files that 'sluice lab --export-json' wrote",
        .operand_offset = offsetof(struct compare_options, files),
        .operand_max = 2,
        .operand_count_offset = offsetof(struct compare_options, file_count),
        .groups = ONE_GROUP(options),
        .size = sizeof(struct compare_options),
        .run = run,
};
