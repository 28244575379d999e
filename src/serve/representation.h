/* The form of a file that a client is to get: as it is, or compressed beforehand,
 * from a sibling with ".br", ".zst" or ".gz" behind the name. Touches the disk. */
#pragma once

#include "files/file.h"
#include "http/negotiate.h"
#include "serve/site.h"

/* Opens the best form of the file name (beneath the root), its body read when it is
 * a small one. A sibling counts when it is not older than the file itself: else it
 * is of an earlier state. flags, known: as for resolve(). *ret_file: NULL when it is
 * the known one in the same state. -EAGAIN, -EREMOTE: as for resolve(); -EISDIR and the
 * other errors of root_open_path() and file_new(). */
int representation_open(const struct site *site, const char *name, coding_order codings,
                        const struct file *known, unsigned flags, struct file **ret_file)
        __attribute__((warn_unused_result));

/* Whether a path with that name may lead to a file that has several forms. directory: it
 * ends with a slash. */
bool representation_may_vary(const struct site *site, const char *name, bool directory);
