#include "lab/report_html.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "lab/report_drawings.h"
#include "lab/report_figures.h"
#include "lab/results_json.h"

/* Defines page: page/report.html with its style and script. */
#include "page.inc"

/* More is left to results.json, so that the page stays small. */
#define EMBEDDED_MAX ((size_t)150 << 10)
#define PRECISION 7

struct report {
        const struct lab_results *results;
        const char *folder;
        int folder_fd;
        struct text html;
        char *error; /* REPORT_ERROR_SIZE */
};

static int fail(struct report *report, const char *name, int r)
{
        (void)snprintf(report->error, REPORT_ERROR_SIZE, "%s%s%s: %s", report->folder,
                       name ? "/" : "", name ? name : "", strerror(-r));
        return r;
}

static int write_all(int fd, struct span bytes)
{
        while (bytes.length > 0) {
                ssize_t n = write(fd, bytes.data, bytes.length);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                bytes.data += n;
                bytes.length -= (size_t)n;
        }
        return 0;
}

static int write_file(struct report *report, const char *name, const struct text *text)
{
        if (text->failed)
                return fail(report, name, -ENOMEM);
        cleanup_fd int fd =
                openat(report->folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        int r = fd < 0 ? -errno : write_all(fd, (struct span){text->data, text->length});
        return r < 0 ? fail(report, name, r) : 0;
}

/* ---- JSON in a page ---- */

/* "</script>" would end it, and "<!--" would too. In JSON "<" stands in strings
 * only. */
static void append_embedded(struct text *text, const char *json)
{
        for (const char *end; (end = strchr(json, '<')); json = end + 1) {
                text_append(text, (struct span){json, (size_t)(end - json)});
                text_puts(text, "\\u003c");
        }
        text_puts(text, json);
}

static int fill_figures(struct report *report)
{
        json_t *root;
        int r = figures_make(report->results, &root);
        if (r < 0)
                return fail(report, NULL, r);
        char *json = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(PRECISION));
        json_decref(root);
        if (!json)
                return fail(report, NULL, -ENOMEM);
        append_embedded(&report->html, json);
        free(json);
        return 0;
}

/* The results as results_write_json() gives them. */
static int results_text(const struct lab_results *results, char **ret_json, size_t *ret_length)
{
        char *json = NULL;
        size_t length = 0;
        FILE *file = open_memstream(&json, &length);
        if (!file)
                return -ENOMEM;
        int r = results_write_json(results, file);
        if (fclose(file) != 0 && r == 0)
                r = -ENOMEM;
        if (r < 0) {
                free(json);
                return r;
        }
        *ret_json = json;
        *ret_length = length;
        return 0;
}

static int fill_results(struct report *report)
{
        char *json;
        size_t length;
        int r = results_text(report->results, &json, &length);
        if (r < 0)
                return fail(report, NULL, r);
        if (length <= EMBEDDED_MAX)
                append_embedded(&report->html, json);
        struct text text = {.data = json, .length = length};
        r = write_file(report, "results.json", &text);
        free(json);
        return r;
}

/* ---- Drawings ---- */

static int fill_drawing(struct report *report, const struct lab_case *one)
{
        char name[REPORT_DRAWING_NAME_SIZE], file[REPORT_DRAWING_NAME_SIZE + 16];
        char conditions[LAB_LABEL_SIZE];
        struct text svg = {0};

        int r = report_drawing_write(&svg, one);
        if (r == -ENODATA)
                return 0;
        report_drawing_name(one, name);
        (void)snprintf(file, sizeof(file), "path-%s.svg", name);
        if (r == 0)
                r = write_file(report, file, &svg);
        text_puts(&report->html, "<figure>\n");
        text_append(&report->html, (struct span){svg.data, svg.length});
        text_printf(&report->html, "<figcaption>%s</figcaption>\n</figure>\n",
                    setting_conditions(&one->setting, conditions));
        text_done(&svg);
        return r;
}

/* Those of the main conditions, or the others. Returns how many, or -errno. */
static int fill_some_drawings(struct report *report, bool of_main)
{
        const struct lab_setting *of_all = figures_main_conditions(report->results);
        int count = 0;

        for (size_t i = 0; i < report->results->case_count; i++) {
                const struct lab_case *one = &report->results->cases[i];
                if (!report_draws(report->results, one) ||
                    setting_same_conditions(&one->setting, of_all) != of_main)
                        continue;
                if (count++ == 0)
                        text_puts(&report->html,
                                  of_main ? "<div class=\"paths\">\n"
                                          : "<details>\n<summary>The same with another cache state "
                                            "or path</summary>\n<div class=\"paths\">\n");
                int r = fill_drawing(report, one);
                if (r < 0)
                        return r;
        }
        if (count > 0)
                text_puts(&report->html, of_main ? "</div>\n" : "</div>\n</details>\n");
        return count;
}

static int fill_drawings(struct report *report)
{
        int r = fill_some_drawings(report, true);
        return r < 0 ? r : fill_some_drawings(report, false);
}

/* ---- The page ---- */

static const struct {
        const char *place;
        int (*fill)(struct report *report);
} places[] = {
        {"@DRAWINGS@", fill_drawings},
        {"@FIGURES@", fill_figures},
        {"@RESULTS@", fill_results},
};

static int fill_page(struct report *report)
{
        const char *rest = page;

        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                const char *at = strstr(rest, places[i].place);
                text_append(&report->html, (struct span){rest, (size_t)(at - rest)});
                int r = places[i].fill(report);
                if (r < 0)
                        return r;
                rest = at + strlen(places[i].place);
        }
        text_puts(&report->html, rest);
        return write_file(report, "index.html", &report->html);
}

static int open_folder(struct report *report, int *ret_fd)
{
        if (mkdir(report->folder, 0777) < 0 && errno != EEXIST)
                return fail(report, NULL, -errno);
        int fd = open(report->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return fail(report, NULL, -errno);
        *ret_fd = fd;
        return 0;
}

int report_html_prepare(const char *folder, char error[static REPORT_ERROR_SIZE])
{
        struct report report = {.folder = folder, .error = error};
        cleanup_fd int fd = -1;
        int r = open_folder(&report, &fd);
        if (r == 0 && access(folder, W_OK | X_OK) < 0)
                r = fail(&report, NULL, -errno);
        return r;
}

int report_html_write(const struct lab_results *results, const char *folder,
                      char error[static REPORT_ERROR_SIZE])
{
        struct report report = {.results = results, .folder = folder, .error = error};
        cleanup_fd int folder_fd = -1;

        if (results->case_count == 0) {
                (void)snprintf(error, REPORT_ERROR_SIZE, "nothing was measured");
                return -ENODATA;
        }
        int r = open_folder(&report, &folder_fd);
        if (r < 0)
                return r;
        report.folder_fd = folder_fd;
        r = fill_page(&report);
        text_done(&report.html);
        return r;
}
