/* What can be set of a site: what is shared, and how it is answered. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SERVE_TLS_PAIRS_MAX 16
#define SERVE_INDEXES_MAX 8
#define SERVE_HEADERS_MAX 32
#define SERVE_REDIRECTS_MAX 128
#define SERVE_TYPES_MAX 64

struct site_options {
        const char *names; /* a blank between two; NULL: of the default site */
        const struct site_options *next; /* another site; NULL: none */
        const char *path; /* a directory, or the one file to share */
        bool path_given;
        bool no_precompressed;
        const char *indexes[SERVE_INDEXES_MAX]; /* in order; none: index.html */
        size_t index_count;
        bool no_listing;
        bool clean_urls;
        bool spa;
        const char *headers[SERVE_HEADERS_MAX]; /* "Name: value" */
        size_t header_count;
        const char *cors; /* "*" or an origin; NULL: none */
        const char *cache_controls[SERVE_HEADERS_MAX]; /* "PATTERN=VALUE" */
        size_t cache_control_count;
        const char *types[SERVE_TYPES_MAX]; /* "EXTENSION=TYPE" */
        size_t type_count;
        const char *redirects[SERVE_REDIRECTS_MAX]; /* "/FROM=TO" */
        size_t redirect_count;
        bool server_timing;
        const char *htpasswd; /* a file; NULL: everybody may see the site */
        const char *symlinks; /* one of site_symlinks_name() */
        /* Files; no site has any: no TLS. Another site that names none has those of the
         * default one here. */
        const char *tls_certs[SERVE_TLS_PAIRS_MAX];
        size_t tls_cert_count;
        const char *tls_keys[SERVE_TLS_PAIRS_MAX]; /* in the same order */
        size_t tls_key_count;
        const char *tls_ocsps[SERVE_TLS_PAIRS_MAX]; /* in the order of the certificates */
        size_t tls_ocsp_count;
};
