/* What all workers share, and none changes. */
#pragma once

#include "files/root.h"
#include "net/disk_pool.h"
#include "net/network.h"
#include "serve/serve.h"
#include "serve/site_fields.h"

struct access_log;
struct passwords;

/* The longest head of a 200, but for what the options add. */
#define SITE_HEAD_ROOM 512

struct site {
        const struct serve_options *options;
        struct root root;
        const sluice_method *method; /* for bodies that do not fit into memory */
        const char *method_reason; /* why, in words; static */
        const sluice_method *guard_method; /* past the page cache; NULL: no guard */
        uint64_t guard_bytes; /* for files larger than this */
        const char *unpaced; /* congestion control for peers on this host; NULL: leave it */
        struct network proxies[SERVE_PROXIES_MAX]; /* options->proxy_count of them */
        struct disk_pool *disk_pool;
        struct access_log *log;
        bool logs_access; /* a line a response is wanted */
        bool keeps_time; /* of each request: somebody wants to know how long it took */
        size_t log_format; /* its index, as request_log_format_name() counts */
        struct site_fields fields;
        struct passwords *passwords; /* NULL: the site is for everybody */
        size_t head_room; /* before a body in memory, for the head that goes out with it */
};

/* Sets method and method_reason from the options, and from what the kernel can
 * do with the root's files. -EINVAL: no such method; -EOPNOTSUPP: it cannot work
 * here, *ret_why_not says why; errors of the probe. */
int site_choose_method(struct site *site, const char **ret_why_not)
        __attribute__((warn_unused_result));

/* Where the system's congestion control paces (bbr), one that does not; else
 * NULL. Static. */
const char *site_unpaced_congestion(void);

/* The index-th of the words for enum root_symlinks; NULL behind the last. */
const char *site_symlinks_name(size_t index);
/* What word means, which is one of those. */
enum root_symlinks site_symlinks(const char *word);
