/* A request target taken apart (RFC 9112 section 3.2). Nothing is decoded. */
#pragma once

#include <stdbool.h>

#include "base/span.h"

enum target_form {
        TARGET_INVALID,
        TARGET_ORIGIN, /* /where?q=now */
        TARGET_ABSOLUTE, /* http://host/where?q=now; any scheme before "://" */
        TARGET_AUTHORITY, /* host:port, for CONNECT alone */
        TARGET_ASTERISK, /* *, for OPTIONS alone */
};

/* Borrowed from the target. */
struct target_parts {
        struct span scheme, authority; /* .data NULL: absent */
        struct span path; /* origin and absolute form; may be empty in the latter */
        struct span query; /* without '?'; .data NULL: absent */
};

/* Every part is set; those that the form has not are absent. */
enum target_form target_split(struct span target, struct target_parts *ret_parts);

/* uri-host [ ":" port ] (RFC 9110 7.2): no user information, brackets only around
 * an IP literal, a port of at most 65535. An empty host is valid by that grammar. */
bool target_authority_valid(struct span authority);

/* The host of a valid authority, without the port. */
struct span target_host(struct span authority);
