/* Where the lab's results go: the console, and files. */
#pragma once

#include <stdbool.h>

#include "cli/options.h"
#include "lab/report_text.h"
#include "lab/results.h"

struct lab_output {
        const char *style; /* "auto", "basic", "full", "none" */
        const char *json, *csv, *markdown; /* files; NULL: none */
        const char *report; /* a folder; NULL: none */
        const char *baseline; /* a results file; NULL: none */
};

/* For commands whose structure begins with a struct lab_output. */
extern const struct option_group lab_style_options, lab_file_options;

bool lab_is_silent(const struct lab_output *output);
/* Whether a bar is wanted on a terminal. */
bool lab_wants_progress(const struct lab_output *output);
struct report_style lab_style_of(const struct lab_output *output);

/* What a run's results are put into, and held against. */
struct lab_outlet {
        const struct lab_output *wanted;
        struct lab_results baseline; /* empty: none */
};

/* Before anything is measured: reads the baseline, which may be a file that is
 * written afterwards, and sees whether all that is asked for can be written.
 * Complains on standard error. Gives an exit code; what was made is released by
 * lab_outlet_close() in any case. */
int lab_outlet_open(struct lab_outlet *ret, const struct lab_output *output)
        __attribute__((warn_unused_result));

/* Writes all that is asked for, also when some of it fails; complains. Gives an exit
 * code. */
int lab_outlet_put(const struct lab_outlet *outlet, const struct lab_results *results)
        __attribute__((warn_unused_result));

void lab_outlet_close(struct lab_outlet *outlet);

/* Reads a results file; complains. Gives an exit code. */
int lab_read_results(struct lab_results *ret, const char *path) __attribute__((warn_unused_result));
