/* `sluice lab report FILE --report DIR`: the report of results that were kept. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "lab/libraries.h"
#include "lab/report_html.h"
#include "lab/results_json.h"

struct report_options {
        const char *file;
        const char *folder;
};

static int run(const void *filled)
{
        const struct report_options *options = filled;
        char read_error[RESULTS_ERROR_SIZE], write_error[REPORT_ERROR_SIZE], *error = read_error;
        struct lab_results results = {0};

        if (!options->file) {
                (void)fprintf(stderr, "sluice lab report: which results? Name the file that "
                                      "'sluice lab --export-json' wrote\n");
                return EXIT_USAGE;
        }
        int r = results_read_json(&results, options->file, read_error);
        if (r == 0) {
                error = write_error;
                r = report_html_write(&results, options->folder, write_error);
        }
        results_done(&results);
        if (r < 0) {
                (void)fprintf(stderr, "sluice lab report: %s%s%s\n",
                              error == read_error ? options->file : "",
                              error == read_error ? ": " : "", error);
                return EXIT_FAILURE;
        }
        (void)printf("%s/index.html\n", options->folder);
        return EXIT_SUCCESS;
}

static const struct option_spec options[] = {
        {
                .name = "report",
                .kind = OPTION_TEXT,
                .value = "DIR",
                .default_text = "report",
                .help = "Where the report goes; made if it is not there",
                .offset = offsetof(struct report_options, folder),
                .common = true,
        },
};

const struct command command_lab_report = {
        .name = "lab report",
        .summary = "Make the report page and its drawings from results that were kept",
        .operand = "FILE",
        .operand_help = "The results as JSON, as 'sluice lab --export-json' writes them",
        .operand_offset = offsetof(struct report_options, file),
        .groups = ONE_GROUP(options),
        .size = sizeof(struct report_options),
        .load = lab_libraries_load,
        .run = run,
};
