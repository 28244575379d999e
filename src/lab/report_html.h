/* The report: one HTML file that needs no network, each drawing as a file, and
 * the results that all of it was made from. */
#pragma once

#include "lab/results.h"

#define REPORT_ERROR_SIZE 256

/* The page stays below this. */
#define REPORT_PAGE_MAX ((size_t)500 << 10)

/* Makes the folder if it is not there, and in it index.html, results.json and
 * path-NAME.svg; files of these names are replaced. error gets what failed, in
 * words. Errors: -ENOMEM; those of mkdir(2), open(2), write(2); -ENODATA: the
 * results have no case. */
int report_html_write(const struct lab_results *results, const char *folder,
                      char error[static REPORT_ERROR_SIZE]) __attribute__((warn_unused_result));

/* Makes the folder, and sees whether it can be written to. Errors: those of mkdir(2)
 * and access(2), with error in words. */
int report_html_prepare(const char *folder, char error[static REPORT_ERROR_SIZE])
        __attribute__((warn_unused_result));
