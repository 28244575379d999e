/* From the authority of a request to a site, by the names that sites have: hosts,
 * and "*.example.org" for whatever ends like that. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct site_name;

struct site_names {
        struct site_name *list; /* sorted */
        size_t count;
};

/* Whether it can be a name: a host as RFC 9110 7.2 has it, without port and without
 * a dot at its end, or "*." and a host's name. 0 or -EINVAL. */
int site_names_check(const char *name);

/* Adds names, a blank between two; they must have passed the check, and are
 * borrowed. index: of the site. -ENOMEM. */
int site_names_add(struct site_names *names, const char *words, size_t index)
        __attribute__((warn_unused_result));
/* Behind the last addition, before the first search. */
void site_names_sort(struct site_names *names);
void site_names_done(struct site_names *names);

/* The site that authority names. Case, port, and a dot at the end do not count; a
 * name that is there as a whole goes before "*.", and of those the longest counts.
 * False: none. */
bool site_names_find(const struct site_names *names, struct span authority, size_t *ret_index)
        __attribute__((warn_unused_result));
