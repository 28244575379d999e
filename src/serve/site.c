#include "serve/site.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "http/disposition.h"
#include "serve/passwords.h"
#include "serve/server.h"
#include "serve/service.h"

#define SAMPLE_DEPTH 4
#define SAMPLE_ENTRIES 1000

/* Looks for a regular file beneath path, not deep and not for long. */
static int find_sample(const struct root *root, const char *path, int depth, int *entries)
{
        cleanup_fd int directory = -1;
        DIR *stream = NULL;
        const struct dirent *entry;
        int found = -1;

        if (root_open_path(root, path, 0, &directory) == 0)
                stream = fdopendir(directory);
        if (!stream)
                return -1;
        (void)fd_take(&directory);
        while (found < 0 && (*entries)-- > 0 && (entry = readdir(stream)) != NULL) {
                char inner[PATH_MAX];
                int length = snprintf(inner, sizeof(inner), "%s%s%s", path, path[0] ? "/" : "",
                                      entry->d_name);
                if (entry->d_name[0] == '.' || length < 0 || (size_t)length >= sizeof(inner))
                        continue;
                if (entry->d_type == DT_REG)
                        (void)!root_open_path(root, inner, 0, &found);
                else if (entry->d_type == DT_DIR && depth > 0)
                        found = find_sample(root, inner, depth - 1, entries);
        }
        (void)closedir(stream);
        return found;
}

/* A regular file of the root to ask the kernel about. *ret_is_true: false where
 * none was found, and the answers are about another file system. */
static int open_sample(const struct root *root, int *ret_fd, bool *ret_is_true)
{
        int entries = SAMPLE_ENTRIES;

        *ret_is_true = true;
        if (root->only)
                return root_open_path(root, root->only, 0, ret_fd);
        int found = find_sample(root, "", SAMPLE_DEPTH, &entries);
        if (found < 0) {
                *ret_is_true = false;
                found = memfd_create("sample", MFD_CLOEXEC);
        }
        if (found < 0)
                return -errno;
        *ret_fd = found;
        return 0;
}

static int probe(const struct root *root, sluice_facts **ret_facts, bool *ret_is_true)
{
        cleanup_fd int file = -1, tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (tcp < 0)
                return -errno;
        int r = open_sample(root, &file, ret_is_true);
        return r < 0 ? r : sluice_facts_probe(ret_facts, file, tcp);
}

/* Where nothing is known, it is tried: a fall-back would be told. */
static void choose_guard(struct site *site, const sluice_facts *facts, bool is_true)
{
        const sluice_method *direct = sluice_method_find("direct");
        uint64_t percent = site->service->options->cache_guard_percent;

        /* A transfer that may not be left for another on its socket cannot give way midway. */
        if (sluice_method_keeps_socket(site->method))
                return;
        if (percent == 0 || (is_true && !sluice_method_supported(direct, facts, NULL)))
                return;
        site->guard_method = direct;
        site->guard_bytes = service_memory() / 100 * percent;
}

/* Those of HTTP/2 share a connection's socket. */
static void choose_stream_method(struct site *site, const sluice_facts *facts)
{
        site->stream_method = site->method;
        if (sluice_method_keeps_socket(site->method))
                site->stream_method = sluice_choose(facts, UINT64_C(1) << 30, NULL);
}

/* For bodies that are encrypted in user space. */
static int choose_tls_method(struct site *site)
{
        cleanup_fd int file = -1;
        sluice_facts *facts;
        bool is_true;

        site->tls_method = site->method;
        site->tls_method_reason = site->method_reason;
        int r = open_sample(&site->root, &file, &is_true);
        if (r == 0)
                r = sluice_facts_probe_sink(&facts, file);
        if (r < 0)
                return r;
        if (strcmp(site->service->options->method, "auto") == 0 ||
            !sluice_method_supported(site->method, facts, NULL))
                site->tls_method =
                        sluice_choose(facts, UINT64_C(1) << 30, &site->tls_method_reason);
        sluice_facts_free(facts);
        return 0;
}

/* -EINVAL: no such method; -EOPNOTSUPP: it cannot work here, *ret_why_not says why;
 * errors of the probe. */
static int choose_method(struct site *site, const char **ret_why_not)
{
        const struct serve_options *options = site->service->options;
        const char *name = options->method;
        sluice_facts *facts = NULL;
        bool is_true = false;
        int r = probe(&site->root, &facts, &is_true);

        *ret_why_not = NULL;
        if (r < 0)
                return r;
        if (strcmp(name, "auto") == 0) {
                /* What has to be chosen is for big files: small ones go from memory. */
                site->method = sluice_choose(facts, UINT64_C(1) << 30, &site->method_reason);
        } else {
                site->method = sluice_method_find(name);
                site->method_reason = options->policy && !options->method_given
                                              ? "the policy has it so"
                                              : "it was asked for";
                if (!site->method)
                        r = -EINVAL;
                else if (is_true && !sluice_method_supported(site->method, facts, ret_why_not))
                        r = -EOPNOTSUPP;
        }
        choose_guard(site, facts, is_true);
        if (site->method)
                choose_stream_method(site, facts);
        sluice_facts_free(facts);
        return r == 0 && site->service->tls ? choose_tls_method(site) : r;
}

static const char *const symlinks_names[] = {
        [ROOT_SYMLINKS_INSIDE] = "inside",
        [ROOT_SYMLINKS_NEVER] = "never",
        [ROOT_SYMLINKS_OWNER] = "owner",
};

const char *site_symlinks_name(size_t index)
{
        return index < sizeof(symlinks_names) / sizeof(symlinks_names[0]) ? symlinks_names[index]
                                                                          : NULL;
}

/* One of them. */
static enum root_symlinks find_symlinks(const char *word)
{
        enum root_symlinks symlinks = ROOT_SYMLINKS_INSIDE;
        while (strcmp(symlinks_names[symlinks], word) != 0)
                symlinks++;
        return symlinks;
}

/* ---- Opening ---- */

static int load_passwords(struct site *site, const char *path)
{
        size_t line = 0;

        if (!path)
                return 0;
        int r = server_open_library("--htpasswd", passwords_load_library);
        if (r < 0)
                return r;
        r = passwords_load(&site->passwords, path, &line);
        if (r == -EINVAL && line == 0)
                (void)fprintf(stderr, "sluice: %s: there is nobody in it\n", path);
        else if (r == -EINVAL)
                (void)fprintf(stderr,
                              "sluice: %s:%zu: not user:hash with a hash of yescrypt, bcrypt, "
                              "scrypt, SHA-512 or SHA-256\n",
                              path, line);
        else if (r < 0)
                (void)server_complain("cannot read", path, r);
        return r;
}

static int open_root(struct site *site)
{
        const char *path = site->options->path;
        int r = root_open(&site->root, path);
        if (r == -EINVAL)
                (void)fprintf(stderr,
                              "sluice: cannot serve '%s': neither a folder nor a regular file\n",
                              path);
        else if (r < 0)
                (void)server_complain("cannot serve", path, r);
        return r;
}

/* Asked for as "/", a file would be saved as whatever the browser makes of that. */
static int name_only_file(struct site *site)
{
        struct text *line = &site->disposition;

        if (!site->root.only)
                return 0;
        text_puts(line, "Content-Disposition: ");
        disposition_write(line, span_of(site->root.only));
        text_puts(line, "\r\n");
        if (line->failed)
                return server_complain("cannot start", NULL, -ENOMEM);
        site->fields.longest += line->length;
        site->head_room += line->length;
        return 0;
}

struct span site_name(const struct site *site)
{
        const char *names = site->options->names;
        return (struct span){names, names ? strcspn(names, " ") : 0};
}

struct span site_title(const struct site *site)
{
        struct span name = site_name(site);
        const char *slash = strrchr(site->root.shown, '/');

        if (name.data)
                return name;
        return span_of(slash && slash[1] ? slash + 1 : site->root.shown);
}

static int complain_pathless(const struct site *site)
{
        struct span name = site_name(site);
        (void)fprintf(stderr, "sluice: the site %.*s has no path\n", (int)name.length, name.data);
        return -EINVAL;
}

int site_open(struct site *site, const struct service *service, const struct site_options *options)
{
        const char *method = service->options->method, *why_not;
        size_t index = (size_t)(site - service->sites);

        *site = (struct site){service, options, .index = index, .root.fd = -1};
        int r = site_fields_make(&site->fields, options, service->options->hsts_s);
        if (r < 0)
                return server_complain("cannot start", NULL, r);
        site->head_room = SITE_HEAD_ROOM + site->fields.longest;
        site->absent = service->options->site.next && !options->path_given;
        if (site->absent)
                return options->names ? complain_pathless(site) : 0;
        r = load_passwords(site, options->htpasswd);
        if (r == 0)
                r = open_root(site);
        if (r == 0)
                r = name_only_file(site);
        if (r < 0)
                return r;
        site->root.symlinks = find_symlinks(options->symlinks);
        r = choose_method(site, &why_not);
        if (r == -EOPNOTSUPP)
                (void)fprintf(stderr, "sluice: method '%s' cannot work here: %s\n", method,
                              why_not);
        else if (r < 0)
                (void)server_complain("cannot use method", method, r);
        return r;
}

void site_close(struct site *site)
{
        root_close(&site->root);
        site_fields_done(&site->fields);
        text_done(&site->disposition);
        passwords_free(site->passwords);
}
