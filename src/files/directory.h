/* The entries of a directory, as far as they may be shown. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "files/root.h"

/* More entries than this are not listed; truncated says so. */
#define DIRECTORY_ENTRIES_MAX 100000

struct directory_entry {
        char *name;
        bool is_directory;
        uint64_t size; /* bytes; 0 for a directory */
        time_t modified;
        bool undated; /* modified is not known: a mount that would have to be asked */
};

struct directory {
        struct directory_entry
                *entries; /* directories first, then by name, as people count: f2 before f10 */
        size_t count;
        bool truncated;
        uint64_t beyond; /* with -EREMOTE: root_device_beyond() of what leads there */
};

#define DIRECTORY_REACH_MAX 4

/* How far symbolic links are followed: as the root's own mount goes, and to these devices. */
struct directory_reach {
        bool anywhere;
        size_t count;
        uint64_t devices[DIRECTORY_REACH_MAX]; /* of root_device_beyond() */
};

/* One more; when there are too many, anywhere. */
void directory_reach_add(struct directory_reach *reach, uint64_t device);

/* What shows that a directory's entries are others than they were: not what has
 * become of each. */
struct directory_state {
        dev_t device;
        ino_t inode;
        struct timespec modified;
        struct timespec changed;
};

enum directory_order {
        DIRECTORY_BY_NAME,
        DIRECTORY_BY_SIZE,
        DIRECTORY_BY_MODIFIED,
};

/* Of the directory open as fd. Errors: -ENOTDIR, those of fstat(2). */
int directory_look(int fd, struct directory_state *ret_state) __attribute__((warn_unused_result));
bool directory_state_is_same(const struct directory_state *a, const struct directory_state *b);

/* The later of its times, of CLOCK_REALTIME. */
uint64_t directory_state_changed_ns(const struct directory_state *state);

/* Reads the directory open as *fd (which becomes -1) and known beneath root as
 * path. Hidden entries, and all that is neither a directory nor a regular file
 * beneath the root, are left out; a symlink counts as what it leads to. May
 * block. -EREMOTE: one leads farther than it may be followed; *fd stays to be read once
 * more. Other errors: -ENOMEM, those of fdopendir(3) and readdir(3). */
int directory_read(struct directory *ret_directory, const struct root *root, const char *path,
                   const struct directory_reach *reach, int *fd)
        __attribute__((warn_unused_result));

/* Sorts the entries, directories first all the same; what is equal by name. */
void directory_sort(const struct directory *directory, enum directory_order order, bool descending);
void directory_done(struct directory *directory);
