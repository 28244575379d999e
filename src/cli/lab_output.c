#include "cli/lab_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/terminal.h"
#include "cli/lab_file.h"
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
                .help = "Write all samples to a file, for 'sluice lab compare' and other programs; "
                        "-: to standard output, and the text to standard error",
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
        bool full = strcmp(output->style, "full") == 0;
        bool automatic = strcmp(output->style, "auto") == 0;

        return (struct report_style){
                .colour = full || (automatic && terminal_has_colour(STDOUT_FILENO)),
        };
}

/* ---- The files ---- */

static int write_json(const void *results, FILE *out)
{
        return results_write_json(results, out);
}

static int write_csv(const void *results, FILE *out)
{
        return export_csv(results, out);
}

static int write_markdown(const void *results, FILE *out)
{
        return export_markdown(results, out);
}

static const struct {
        size_t offset; /* of the path */
        int (*write)(const void *results, FILE *out);
} files[] = {
        {FIELD(json), write_json},
        {FIELD(csv), write_csv},
        {FIELD(markdown), write_markdown},
};
#define FILES (sizeof(files) / sizeof(files[0]))

/* NULL: not asked for. */
static const char *path_of(const struct lab_output *output, size_t file)
{
        return *(const char *const *)(const void *)((const char *)output + files[file].offset);
}

/* The console gives way to a file that is to be piped on. */
static FILE *console_of(const struct lab_output *output)
{
        for (size_t i = 0; i < FILES; i++)
                if (path_of(output, i) && lab_file_is_output(path_of(output, i)))
                        return stderr;
        return stdout;
}

static int check_files(const struct lab_output *output)
{
        int code = EXIT_SUCCESS;
        for (size_t i = 0; i < FILES; i++) {
                const char *path = path_of(output, i);
                for (size_t j = 0; path && j < i; j++) {
                        if (!path_of(output, j) || strcmp(path, path_of(output, j)) != 0)
                                continue;
                        (void)fprintf(stderr, "sluice lab: %s cannot be two files at once\n",
                                      lab_file_is_output(path) ? "standard output" : path);
                        return EXIT_USAGE;
                }
                int r = path ? lab_file_check(path) : 0;
                if (r == 0)
                        continue;
                (void)fprintf(stderr, "sluice lab: cannot write %s: %s\n", path, strerror(-r));
                code = EXIT_FAILURE;
        }
        return code;
}

static int check_report(const char *folder)
{
        char error[REPORT_ERROR_SIZE];
        if (!folder || report_html_prepare(folder, error) == 0)
                return EXIT_SUCCESS;
        (void)fprintf(stderr, "sluice lab: %s\n", error);
        return EXIT_FAILURE;
}

int lab_outlet_open(struct lab_outlet *ret, const struct lab_output *output)
{
        *ret = (struct lab_outlet){.wanted = output};
        int code = check_files(output);
        int other = check_report(output->report);
        if (code == EXIT_SUCCESS)
                code = other;
        if (code == EXIT_SUCCESS && output->baseline)
                code = lab_read_results(&ret->baseline, output->baseline);
        return code;
}

void lab_outlet_close(struct lab_outlet *outlet)
{
        results_done(&outlet->baseline);
}

static int write_report(const struct lab_results *results, const char *folder)
{
        char error[REPORT_ERROR_SIZE];
        if (!folder || report_html_write(results, folder, error) == 0)
                return EXIT_SUCCESS;
        (void)fprintf(stderr, "sluice lab: %s\n", error);
        return EXIT_FAILURE;
}

static int print_all(const struct lab_outlet *outlet, const struct lab_results *results)
{
        const struct report_style style = lab_style_of(outlet->wanted);
        FILE *console = console_of(outlet->wanted);

        errno = 0;
        int r = report_text(results, &style, console);
        if (r == 0 && outlet->wanted->baseline) {
                (void)fprintf(console, "Compared with %s\n", outlet->wanted->baseline);
                r = comparison_print(&outlet->baseline, results, &style, console);
        }
        if (r == 0 && (fflush(console) == EOF || ferror(console)))
                r = errno ? -errno : -EIO;
        if (r == 0)
                return EXIT_SUCCESS;
        (void)fprintf(stderr, "sluice lab: cannot print the results: %s\n", strerror(-r));
        return EXIT_FAILURE;
}

int lab_outlet_put(const struct lab_outlet *outlet, const struct lab_results *results)
{
        const struct lab_output *wanted = outlet->wanted;
        int code = EXIT_SUCCESS;

        for (size_t i = 0; i < FILES; i++) {
                const char *path = path_of(wanted, i);
                int r = path ? lab_file_write(path, files[i].write, results) : 0;
                if (r == 0)
                        continue;
                (void)fprintf(stderr, "sluice lab: cannot write %s: %s\n", path, strerror(-r));
                code = EXIT_FAILURE;
        }
        if (write_report(results, wanted->report) != EXIT_SUCCESS)
                code = EXIT_FAILURE;
        if (!lab_is_silent(wanted) && print_all(outlet, results) != EXIT_SUCCESS)
                code = EXIT_FAILURE;
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
