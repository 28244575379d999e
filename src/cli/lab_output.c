#include "cli/lab_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/comparison.h"
#include "lab/export.h"
#include "lab/report_html.h"
#include "lab/results_json.h"

#define FIELD(name) offsetof(struct lab_output, name)

static const char *const styles[] = {"auto", "basic", "full", "none"};

static const char *style_choice(size_t index)
{
        return index < sizeof(styles) / sizeof(styles[0]) ? styles[index] : NULL;
}

static int check_style(const char *value)
{
        for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
                if (strcmp(value, styles[i]) == 0)
                        return 0;
        return -EINVAL;
}

static const struct option_spec style_options[] = {
        {
                .name = "style",
                .kind = OPTION_TEXT,
                .value = "STYLE",
                .default_text = "auto",
                .help = "basic: no colour and no bar; full: colour also where there is no "
                        "terminal; none: print nothing",
                .offset = FIELD(style),
                .check = check_style,
                .choice = style_choice,
        },
};
const struct option_group lab_style_options = {.title = "On the console", OPTIONS(style_options)};

static const struct option_spec file_options[] = {
        {
                .name = "export-json",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Write all samples to a file, for 'sluice lab compare' and other programs",
                .offset = FIELD(json),
                .common = true,
        },
        {
                .name = "export-csv",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Write a line a sample",
                .offset = FIELD(csv),
        },
        {
                .name = "export-markdown",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Write a table with a line a case",
                .offset = FIELD(markdown),
        },
        {
                .name = "report",
                .kind = OPTION_TEXT,
                .value = "DIR",
                .help = "Write a page with drawings and tables to this folder",
                .offset = FIELD(report),
                .common = true,
        },
        {
                .name = "baseline",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Say how the results differ from those of this file, written by "
                        "--export-json before",
                .offset = FIELD(baseline),
        },
};
const struct option_group lab_file_options = {.title = "Files", OPTIONS(file_options)};

bool lab_is_silent(const struct lab_output *output)
{
        return strcmp(output->style, "none") == 0;
}

bool lab_wants_progress(const struct lab_output *output)
{
        return strcmp(output->style, "auto") == 0 || strcmp(output->style, "full") == 0;
}

struct report_style lab_style_of(const struct lab_output *output)
{
        const char *no_color = getenv("NO_COLOR"); /* no-color.org */
        bool refused = no_color && no_color[0];
        bool full = strcmp(output->style, "full") == 0;
        bool automatic = strcmp(output->style, "auto") == 0;

        return (struct report_style){
                .colour = full || (automatic && !refused && isatty(STDOUT_FILENO)),
        };
}

static int write_file(const struct lab_results *results, const char *path,
                      int (*write)(const struct lab_results *, FILE *))
{
        if (!path)
                return EXIT_SUCCESS;
        FILE *file = fopen(path, "we");
        int r = file ? write(results, file) : -errno;
        if (file && fclose(file) == EOF && r == 0)
                r = -errno;
        if (r == 0)
                return EXIT_SUCCESS;
        (void)fprintf(stderr, "sluice lab: cannot write %s: %s\n", path, strerror(-r));
        return EXIT_FAILURE;
}

static int write_report(const struct lab_results *results, const char *folder)
{
        char error[REPORT_ERROR_SIZE];
        if (!folder || report_html_write(results, folder, error) == 0)
                return EXIT_SUCCESS;
        (void)fprintf(stderr, "sluice lab: %s\n", error);
        return EXIT_FAILURE;
}

static int print_comparison(const struct lab_results *results, const struct lab_output *output)
{
        struct lab_results before = {0};
        struct report_style style = lab_style_of(output);

        if (!output->baseline)
                return EXIT_SUCCESS;
        int code = lab_read_results(&before, output->baseline);
        if (code != EXIT_SUCCESS)
                return code;
        (void)printf("Compared with %s\n", output->baseline);
        int r = comparison_print(&before, results, &style, stdout);
        results_done(&before);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int lab_put_out(const struct lab_results *results, const struct lab_output *output)
{
        struct report_style style = lab_style_of(output);
        int code = write_file(results, output->json, results_write_json);

        if (code == EXIT_SUCCESS)
                code = write_file(results, output->csv, export_csv);
        if (code == EXIT_SUCCESS)
                code = write_file(results, output->markdown, export_markdown);
        if (code == EXIT_SUCCESS)
                code = write_report(results, output->report);
        if (lab_is_silent(output))
                return code;
        int r = report_text(results, &style, stdout);
        if (r == 0 && code == EXIT_SUCCESS)
                code = print_comparison(results, output);
        if (r == 0 && fflush(stdout) == EOF)
                r = -errno;
        if (r < 0) {
                (void)fprintf(stderr, "sluice lab: cannot print the results: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }
        return code;
}

int lab_read_results(struct lab_results *ret, const char *path)
{
        char error[RESULTS_ERROR_SIZE];
        if (results_read_json(ret, path, error) == 0)
                return EXIT_SUCCESS;
        (void)fprintf(stderr, "sluice lab: %s: %s\n", path, error);
        results_done(ret);
        return EXIT_FAILURE;
}
