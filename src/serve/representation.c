#include "serve/representation.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/fd.h"
#include "files/local.h"
#include "files/media_type.h"
#include "serve/service.h"

/* A file that changes while it is read is opened again; one that changes all the
 * time is sent from its descriptor. */
#define CHANGES_MAX 3

bool representation_may_vary(const struct site *site, const char *name, bool directory)
{
        const char *slash = strrchr(name, '/');
        if (site->options->no_precompressed)
                return false;
        /* What it leads to has another name: an index, or name.html. */
        if (directory || site->options->clean_urls)
                return true;
        return !strchr(slash ? slash : name, '.') ||
               media_type_is_compressible(site_fields_type(site->options, name));
}

/* shown: whose name decides what the file is. */
static int open_file(const struct site *site, const char *path, const char *shown, unsigned flags,
                     struct file **ret_file)
{
        cleanup_fd int fd = -1;
        int r = root_open_path(&site->root, path, flags, &fd);
        if (r == 0)
                r = file_new(ret_file, &fd, shown, clock_realtime_ns());
        if (r == 0 && site->options->type_count > 0)
                (*ret_file)->type = site_fields_type(site->options, shown);
        return r;
}

static bool is_older(const struct file *a, const struct file *b)
{
        return a->modified.tv_sec != b->modified.tv_sec ? a->modified.tv_sec < b->modified.tv_sec
                                                        : a->modified.tv_nsec < b->modified.tv_nsec;
}

/* Puts the first sibling that there is in *file's place. */
static int prefer_sibling(const struct site *site, const char *name, coding_order codings,
                          unsigned flags, struct file **file)
{
        enum content_coding coding;

        while ((coding = coding_order_next(&codings)) != CODING_IDENTITY) {
                char path[PATH_MAX];
                struct file *sibling;
                int length = snprintf(path, sizeof(path), "%s%s", name, coding_suffix(coding));
                if (length < 0 || (size_t)length >= sizeof(path))
                        return 0;
                int r = open_file(site, path, name, flags, &sibling);
                if (r == -EAGAIN || r == -EREMOTE || r == -ENOMEM || r == -EMFILE || r == -ENFILE)
                        return r;
                if (r < 0)
                        continue;
                if (is_older(sibling, *file)) {
                        file_unref(sibling);
                        continue;
                }
                sibling->coding = coding_name(coding);
                file_unref(*file);
                *file = sibling;
                return 0;
        }
        return 0;
}

/* An .svgz is an SVG that only its coding tells browsers how to read. */
static bool is_coded_image(const struct file *file)
{
        const char *extension = media_type_extension(file->name);
        return extension && strcasecmp(extension, "svgz") == 0 &&
               span_equal(file->type, SPAN_LITERAL("image/svg+xml"));
}

static int open_once(const struct site *site, const char *name, coding_order codings,
                     unsigned flags, struct file **ret_file)
{
        struct file *file;
        int r = open_file(site, name, name, flags, &file);
        if (r < 0)
                return r;
        bool coded = is_coded_image(file);
        bool varies = !coded && !site->options->no_precompressed &&
                      media_type_is_compressible(file->type);
        if (coded)
                file->coding = coding_name(CODING_GZIP);
        if (varies)
                r = prefer_sibling(site, name, codings, flags, &file);
        if (r < 0) {
                file_unref(file);
                return r;
        }
        file->varies = varies;
        *ret_file = file;
        return 0;
}

int representation_open(const struct site *site, const char *name, coding_order codings,
                        const struct file *known, unsigned flags, struct file **ret_file)
{
        for (int changes = 0;; changes++) {
                struct file *file;
                int r = open_once(site, name, codings, flags, &file);
                if (r < 0)
                        return r;
                if (known && known->settled && file_is_same(file, known)) {
                        file_unref(file);
                        *ret_file = NULL;
                        return 0;
                }
                if (file->size <= site->service->options->small_file && changes < CHANGES_MAX)
                        r = file_read_body(file, site->head_room, flags != ROOT_CACHED);
                if (r == -ESTALE || r == -EAGAIN || r == -EIO) {
                        file_unref(file);
                        if (r != -ESTALE)
                                return r;
                        continue;
                }
                /* Without memory for the body it is sent from the descriptor. */
                file->remote =
                        !(flags & ROOT_LOCAL) && file->fd >= 0 && !local_is_all_there(file->fd);
                *ret_file = file;
                return 0;
        }
}
