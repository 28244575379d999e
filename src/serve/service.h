/* What all workers share, and none changes. */
#pragma once

#include "net/disk_pool.h"
#include "net/network.h"
#include "serve/admission.h"
#include "serve/descriptors.h"
#include "serve/serve.h"
#include "serve/site.h"
#include "serve/site_names.h"

struct access_log;
struct listing_store;
struct tls_context;
struct worker;

struct service {
        const struct serve_options *options;
        struct site *sites; /* the first is the default */
        size_t site_count;
        struct site_names names;
        size_t fields_longest; /* of any site */
        bool has_passwords; /* one of them */
        const char *unpaced; /* congestion control for peers on this host; NULL: leave it */
        struct network proxies[SERVE_PROXIES_MAX]; /* options->proxy_count of them */
        uint16_t https_port; /* that clients are sent to */
        struct tls_context *tls; /* NULL: what is said is not encrypted */
        struct descriptors descriptors;
        struct worker **workers; /* that run; set before the first starts */
        size_t worker_count;
        struct admission *admission;
        struct disk_pool *disk_pool;
        struct listing_store *listings;
        struct access_log *log;
        bool logs_access; /* a line a response is wanted */
        bool keeps_time; /* of each request: somebody wants to know how long it took */
        size_t log_format; /* its index, as request_log_format_name() counts */
};

/* Opens the sites, for so many workers. Takes tls, which may be NULL, also on failure. 0, or -errno
 * after one line on standard error; what is there is for service_close() then too. The pool, the
 * store and the log are for others to set. */
int service_open(struct service *service, const struct serve_options *options, size_t workers,
                 struct tls_context *tls) __attribute__((warn_unused_result));
void service_close(struct service *service);

/* The site a request is for (RFC 9110 7.2). */
const struct site *service_site(const struct service *service, struct span authority);

/* The control group's limit, or the machine's memory, in bytes. */
uint64_t service_memory(void);

/* The first line of a file of /proc or /sys. False: there is none. */
bool system_setting(const char *path, char *buffer, size_t size);
