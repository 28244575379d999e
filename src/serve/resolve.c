#include "serve/resolve.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/fd.h"
#include "files/local.h"
#include "serve/representation.h"

#define NOT_FOUND_PAGE "404.html"
#define CLEAN_SUFFIX ".html"

/* What stays the same while one path is looked at in several ways. */
struct search {
        const struct site *site;
        coding_order codings;
        const struct file *known;
        unsigned flags; /* of root_open_path() */
        struct resolution *resolution;
};

void resolution_done(struct resolution *resolution)
{
        file_unref(resolution->file);
        listing_unref(resolution->listing);
        if (resolution->kind == RESOLVED_FOLDER)
                fd_close(&resolution->folder_fd);
        *resolution = (struct resolution){0};
}

bool resolution_is_starved(const struct resolution *resolution)
{
        return resolution->kind == RESOLVED_ERROR &&
               (resolution->error == -EMFILE || resolution->error == -ENFILE);
}

bool resolve_error_is_absence(int error)
{
        switch (error) {
        case -ENOENT:
        case -ENOTDIR:
        case -EISDIR:
        case -ELOOP: /* a symlink that leads out, or in circles */
        case -EXDEV: /* a step that leads out */
        case -ENAMETOOLONG:
        case -ENXIO: /* a socket's file; a FIFO or device that nobody serves */
        case -ENODEV:
        case -EINVAL:
                return true;
        default:
                return false;
        }
}

/* Whether it is for another to find out, who may wait. */
static bool leaves_open(const struct search *search, int error)
{
        return (error == -EAGAIN && search->flags == ROOT_CACHED) ||
               (error == -EREMOTE && search->flags & ROOT_LOCAL);
}

static int open_file(const struct search *search, const char *path)
{
        struct file *file;
        int r = representation_open(search->site, path, search->codings, search->known,
                                    search->flags, &file);
        if (r < 0)
                return r;
        search->resolution->kind = file ? RESOLVED_FILE : RESOLVED_SAME;
        search->resolution->file = file;
        return 0;
}

static int open_joined(const struct search *search, const char *path, const char *slash,
                       const char *name)
{
        char joined[PATH_MAX];
        int length = snprintf(joined, sizeof(joined), "%s%s%s", path, slash, name);
        if (length < 0 || (size_t)length >= sizeof(joined))
                return -ENAMETOOLONG;
        return open_file(search, joined);
}

static int open_folder(const struct search *search, const char *path)
{
        struct resolution *resolution = search->resolution;
        cleanup_fd int fd = -1;

        if (search->site->options->no_listing)
                return -ENOENT;
        int r = root_open_path(&search->site->root, path, search->flags, &fd);
        if (r == 0)
                r = directory_look(fd, &resolution->folder);
        if (r < 0)
                return r;
        resolution->kind = RESOLVED_FOLDER;
        resolution->folder_remote = !(search->flags & ROOT_LOCAL) && !local_is_all_there(fd);
        resolution->folder_fd = fd_take(&fd);
        return 0;
}

/* What a directory shows: the first index that there is, or that it has none. */
static int open_directory(const struct search *search, const char *path)
{
        const struct site_options *options = search->site->options;
        static const char *const usual[] = {"index.html"};
        const char *const *names = options->index_count ? options->indexes : usual;
        size_t count = options->index_count ? options->index_count : 1;

        for (size_t i = 0; i < count; i++) {
                int r = open_joined(search, path, path[0] ? "/" : "", names[i]);
                if (r != -ENOENT && r != -EISDIR)
                        return r;
        }
        return open_folder(search, path);
}

/* Where one file is shared, it is the root, and has its own name too. */
static int open_only(const struct search *search, const char *path, bool directory)
{
        const char *only = search->site->root.only;
        if (path[0] && (directory || strcmp(path, only) != 0))
                return -ENOENT;
        return open_file(search, only);
}

static bool has_extension(const char *path)
{
        const char *slash = strrchr(path, '/');
        return strchr(slash ? slash : path, '.') != NULL;
}

/* The path itself, or what the options have it stand for. */
static int open_path(const struct search *search, const struct lookup *lookup, const char *path)
{
        const struct site_options *options = search->site->options;

        if (lookup->hidden)
                return -ENOENT;
        if (search->site->root.only)
                return open_only(search, path, lookup->directory);
        int r = lookup->directory ? open_directory(search, path) : open_file(search, path);
        if (options->clean_urls && !lookup->directory && (r == -ENOENT || r == -EISDIR)) {
                int clean = open_joined(search, path, "", CLEAN_SUFFIX);
                if (clean != -ENOENT && clean != -EISDIR)
                        r = clean;
        }
        if (options->spa && (r == -ENOENT || r == -ENOTDIR) && !has_extension(path))
                r = open_file(search, options->index_count ? options->indexes[0] : "index.html");
        return r;
}

/* The site's own page for what it has not. */
static int open_not_found_page(const struct search *search, struct file **ret_page)
{
        *ret_page = NULL;
        if (search->site->root.only)
                return 0;
        int r = representation_open(search->site, NOT_FOUND_PAGE, 0, NULL, search->flags, ret_page);
        return leaves_open(search, r) ? r : 0;
}

int resolve(const struct site *site, const struct lookup *lookup, const struct file *known,
            unsigned flags, struct resolution *ret_resolution)
{
        struct resolution resolution = {0};
        const struct search search = {site, lookup->codings, known, flags, &resolution};
        struct file *page = NULL;
        char name[PATH_MAX];
        int r = -ENAMETOOLONG;

        if (lookup->path.length < sizeof(name)) {
                memcpy(name, lookup->path.data, lookup->path.length);
                name[lookup->path.length] = '\0';
                r = open_path(&search, lookup, name);
        }
        bool redirects = r == -EISDIR && !lookup->directory;
        if (r < 0 && !redirects && resolve_error_is_absence(r)) {
                int page_r = open_not_found_page(&search, &page);
                if (page_r < 0)
                        r = page_r;
        }
        if (leaves_open(&search, r))
                return r;
        if (redirects)
                resolution.kind = RESOLVED_DIRECTORY;
        else if (r < 0)
                resolution = (struct resolution){RESOLVED_ERROR, .error = r, .file = page};
        *ret_resolution = resolution;
        return 0;
}
