/* The entries of a directory, as far as they may be shown. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "files/root.h"

/* More entries than this are not listed; truncated says so. */
#define DIRECTORY_ENTRIES_MAX 100000

struct directory_entry {
        char *name;
        bool is_directory;
        uint64_t size; /* bytes; 0 for a directory */
        time_t modified;
};

struct directory {
        struct directory_entry *entries; /* directories first, then by name */
        size_t count;
        bool truncated;
};

enum directory_order {
        DIRECTORY_BY_NAME,
        DIRECTORY_BY_SIZE,
        DIRECTORY_BY_MODIFIED,
};

/* Reads the directory open as *fd (which becomes -1) and known beneath root as
 * path. Hidden entries, and all that is neither a directory nor a regular file
 * beneath the root, are left out; a symlink counts as what it leads to. May
 * block. Errors: -ENOMEM, those of fdopendir(3) and readdir(3). */
int directory_read(struct directory *ret_directory, const struct root *root, const char *path,
                   int *fd) __attribute__((warn_unused_result));

/* Sorts the entries, directories first all the same; what is equal by name. */
void directory_sort(const struct directory *directory, enum directory_order order, bool descending);
void directory_done(struct directory *directory);
