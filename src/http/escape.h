/* Text made safe for the place it goes to. All in snprintf's manner: the result is
 * the length of the whole escaped text; out gets what fits into capacity with a NUL
 * behind it (no escape is cut), so that it was enough when the result < capacity.
 * capacity may be 0. */
#pragma once

#include <stddef.h>

#include "base/span.h"

/* For HTML text and for attribute values in quotes of either kind. */
size_t escape_html(struct span text, char *out, size_t capacity);

/* The same, and what would not be seen, or would have the rest be seen elsewhere, is
 * named instead: control characters, those that turn the direction of writing, invisible
 * separators as [U+202E], bytes that are not UTF-8 as [0xFF]. Each byte becomes
 * ESCAPE_VISIBLE_MOST at most. */
#define ESCAPE_VISIBLE_MOST 8
size_t escape_html_visible(struct span text, char *out, size_t capacity);

/* For the path of a URI, in an href too: all but RFC 3986's unreserved, '/', ':', '@'
 * and the sub-delims without '&' and '\'' is percent-encoded. A relative reference
 * with ':' in its first segment is the caller's matter ("./a:b"). */
size_t escape_uri_path(struct span path, char *out, size_t capacity);

/* For a log line: '"', '\\', control bytes and all beyond ASCII as \xHH. */
size_t escape_log(struct span text, char *out, size_t capacity);

/* For a JSON string (RFC 8259): '"', '\\' and control characters, those of U+0080 to
 * U+009F too, as \u00HH; other UTF-8 as it is; a byte that is not UTF-8 as the four
 * characters \xHH. */
size_t escape_json(struct span text, char *out, size_t capacity);

/* The same, but what is not UTF-8 becomes U+FFFD: a file's name may be any bytes. */
size_t escape_json_utf8(struct span text, char *out, size_t capacity);
