/* One file, compressed into a sibling. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "http/negotiate.h"

/* Larger ones are not read into memory. */
#define COMPRESS_SIZE_MAX (UINT64_C(256) << 20)

enum compress_result {
        COMPRESS_WRITTEN,
        COMPRESS_UP_TO_DATE, /* the sibling is there, and not older than the file */
        COMPRESS_NOT_SMALLER,
        COMPRESS_FAILED,
        COMPRESS_RESULT_COUNT,
};

struct compress_rule {
        uint64_t saving_percent; /* a sibling must be smaller by that */
        bool dry_run; /* compress, but write nothing */
};

/* Makes path's sibling in that coding, with the file's mode and mtime, so that it
 * appears whole or not at all. FAILED: *ret_error is the -errno. WRITTEN: *ret_size
 * is the sibling's, in bytes. May run on several threads. */
enum compress_result compress_file(const char *path, enum content_coding coding,
                                   const struct compress_rule *rule, uint64_t *ret_size,
                                   int *ret_error);
