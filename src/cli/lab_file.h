/* Files that the lab's commands write: whole or not at all, and known to be
 * writable before anything is measured. "-" stands for standard output. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

bool lab_file_is_output(const char *path); /* "-" */

/* Whether lab_file_write() could write it, as far as can be known before. Errors:
 * those of open(2), -EISDIR. */
int lab_file_check(const char *path) __attribute__((warn_unused_result));

/* Has write put what into a new file beside path, which then takes its place; a
 * device or a pipe is written as it is. write gives 0 or -errno. Errors: those,
 * and those of open(2), write(2), rename(2). */
int lab_file_write(const char *path, int (*write)(const void *what, FILE *out), const void *what)
        __attribute__((warn_unused_result));
