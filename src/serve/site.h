/* What is shared, and how. No worker changes it. */
#pragma once

#include "files/root.h"
#include "serve/serve.h"
#include "serve/site_fields.h"

struct passwords;
struct service;

/* The longest head of a 200, but for what the options add. */
#define SITE_HEAD_ROOM 512

struct site {
        const struct service *service; /* that it is part of */
        const struct site_options *options;
        size_t index; /* among the service's sites */
        bool absent; /* nothing is shared: the default site, when only others were given a path */
        struct root root;
        const sluice_method *method; /* for bodies that do not fit into memory */
        const char *method_reason; /* why, in words; static */
        const sluice_method *stream_method; /* the same, for streams of HTTP/2: not every
                                               method shares a socket */
        const sluice_method *tls_method; /* the same, for what is encrypted in user space */
        const char *tls_method_reason;
        const sluice_method *guard_method; /* past the page cache; NULL: no guard */
        uint64_t guard_bytes; /* for files larger than this */
        struct site_fields fields;
        struct passwords *passwords; /* NULL: the site is for everybody */
        struct text disposition; /* a Content-Disposition line, where one file is shared */
        size_t head_room; /* before a body in memory, for the head that goes out with it */
};

/* What logs and people call it: its first name. .data NULL: the default site has
 * none. */
struct span site_name(const struct site *site);

/* What people call it: its first name, or that of the folder. */
struct span site_title(const struct site *site);

/* Opens what the options name: the root, the passwords. Asks the kernel what it can
 * do with the root's files, and chooses a method. 0, or -errno after one line on
 * standard error that says what was wrong; what is there is for site_close() then
 * too. */
int site_open(struct site *site, const struct service *service, const struct site_options *options)
        __attribute__((warn_unused_result));
void site_close(struct site *site);

/* The index-th of the words for enum root_symlinks; NULL behind the last. */
const char *site_symlinks_name(size_t index);
