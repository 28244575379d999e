#include "serve/resolve.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/fd.h"

#define INDEX_NAME "index.html"

/* A file that changes while it is read is opened again; one that changes all the
 * time is sent from its descriptor. */
#define CHANGES_MAX 3

void resolution_done(struct resolution *resolution)
{
        file_unref(resolution->file);
        directory_done(&resolution->directory);
        *resolution = (struct resolution){0};
}

static int open_path(const struct site *site, const char *path, bool wait, int *ret_fd)
{
        return root_open_path(&site->root, path, wait ? 0 : ROOT_CACHED, ret_fd);
}

/* Opens path as a file, its body read when it is a small one. */
static int open_file(const struct site *site, const char *path, const struct file *known, bool wait,
                     struct resolution *resolution)
{
        for (int changes = 0;; changes++) {
                cleanup_fd int fd = -1;
                struct file *file;
                int r = open_path(site, path, wait, &fd);
                if (r == 0)
                        r = file_new(&file, &fd, path, clock_realtime_ns());
                if (r != 0)
                        return r;
                if (known && known->settled && file_is_same(file, known)) {
                        file_unref(file);
                        resolution->kind = RESOLVED_SAME;
                        return 0;
                }
                if (file->size <= site->options->small_file && changes < CHANGES_MAX)
                        r = file_read_body(file, wait);
                if (r == -ESTALE || r == -EAGAIN || r == -EIO) {
                        file_unref(file);
                        if (r != -ESTALE)
                                return r;
                        continue;
                }
                /* Without memory for the body it is sent from the descriptor. */
                resolution->kind = RESOLVED_FILE;
                resolution->file = file;
                return 0;
        }
}

/* What a directory shows: its index, or its entries. */
static int open_directory(const struct site *site, const char *path, const struct file *known,
                          bool wait, struct resolution *resolution)
{
        char index[PATH_MAX];
        int length = snprintf(index, sizeof(index), "%s%s" INDEX_NAME, path, path[0] ? "/" : "");
        if (length < 0 || (size_t)length >= sizeof(index))
                return -ENAMETOOLONG;

        int r = open_file(site, index, known, wait, resolution);
        if (r != -ENOENT && r != -EISDIR)
                return r;
        /* A directory is read from the disk, whoever has it cached. */
        if (!wait)
                return -EAGAIN;

        cleanup_fd int fd = -1;
        r = open_path(site, path, wait, &fd);
        if (r == 0)
                r = directory_read(&resolution->directory, &site->root, path, &fd);
        if (r == 0)
                resolution->kind = RESOLVED_LISTING;
        return r;
}

/* Where one file is shared, it is the root, and has its own name too. */
static int open_only(const struct site *site, const char *path, const struct file *known, bool wait,
                     struct resolution *resolution)
{
        if (path[0] && strcmp(path, site->root.only) != 0)
                return -ENOENT;
        return open_file(site, site->root.only, known, wait, resolution);
}

int resolve(const struct site *site, struct span path, bool directory, const struct file *known,
            bool wait, struct resolution *ret_resolution)
{
        struct resolution resolution = {0};
        char name[PATH_MAX];
        int r;

        if (path.length >= sizeof(name)) {
                r = -ENAMETOOLONG;
        } else {
                memcpy(name, path.data, path.length);
                name[path.length] = '\0';
                if (site->root.only)
                        r = directory && name[0] ? -ENOENT
                                                 : open_only(site, name, known, wait, &resolution);
                else if (directory)
                        r = open_directory(site, name, known, wait, &resolution);
                else
                        r = open_file(site, name, known, wait, &resolution);
        }

        if (r == -EAGAIN && !wait)
                return r;
        if (r == -EISDIR && !directory)
                resolution.kind = RESOLVED_DIRECTORY;
        else if (r < 0)
                resolution = (struct resolution){.kind = RESOLVED_ERROR, .error = r};
        *ret_resolution = resolution;
        return 0;
}
