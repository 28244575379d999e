/* What the options add to heads: read once, at the start. */
#pragma once

#include "base/text.h"
#include "serve/serve.h"

struct site_fields {
        struct text always; /* ready-made lines of every response */
        size_t longest; /* bytes that all of this can add to one head */
};

/* -ENOMEM. The options must have passed the checks below. */
int site_fields_make(struct site_fields *ret_fields, const struct site_options *options,
                     uint64_t hsts_s) __attribute__((warn_unused_result));
void site_fields_done(struct site_fields *fields);

/* The Cache-Control of a file, by its name beneath the root: that of the first
 * pattern that fits. .data NULL: none. */
struct span site_fields_cache_control(const struct site_options *options, const char *name);

/* The media type of a file of that name, with options->types. Lives as long as those. */
struct span site_fields_type(const struct site_options *options, const char *name);

/* Whether an option's value is right: 0 or -EINVAL. */
int site_fields_check_header(const char *value); /* "Name: value" */
int site_fields_check_cors(const char *value); /* "*" or an origin */
int site_fields_check_cache_control(const char *value); /* "PATTERN=VALUE" */
int site_fields_check_type(const char *value); /* "EXTENSION=TYPE" */
