/* A directory's entries, as a page or as JSON. Written where a thread may be kept:
 * a folder may have a hundred thousand. */
#pragma once

#include "base/text.h"
#include "files/directory.h"
#include "http/request.h"

/* What of its own page a browser may run and apply: nothing but these. */
#define LISTING_POLICY                                                      \
        "default-src 'none'; base-uri 'none'; form-action 'none'; "         \
        "style-src 'sha256-M1inkDtrwcg2Ez08XXf1ZAgmOZ4OkNGvWhQPENbU0kM='; " \
        "script-src 'sha256-6jjSYqcOr4JtyKoguGL3lAwzXWBrG5yIV0ALp9WPu4g='"

struct listing_wish {
        enum directory_order order;
        bool descending;
        bool json;
};

/* From "?sort=name|size|modified", "&order=asc|desc", "?json", and Accept. Values
 * that are none of these are passed over. */
struct listing_wish listing_wish_of(const struct http_request *request, struct span query);

/* Which folder it is. */
struct listing_place {
        struct span root; /* what people call the root */
        struct span path; /* beneath it, decoded; "" is the root */
};

/* Entries behind the first bytes_max are left out, and that is said. */
void listing_write(struct text *text, const struct listing_place *place,
                   const struct directory *directory, const struct listing_wish *wish,
                   size_t bytes_max);

/* listing_page.c */
void listing_page_write(struct text *text, const struct listing_place *place,
                        const struct directory *directory, const struct listing_wish *wish,
                        size_t bytes_max);
