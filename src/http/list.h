/* A comma-separated list, as RFC 9110 section 5.6.1 lets it arrive. */
#pragma once

#include <stdbool.h>

#include "base/span.h"

/* Takes the next element off *rest, white space around it and empty elements
 * dropped. False: there is none. Not for elements with quoted strings in them. */
bool list_next(struct span *rest, struct span *ret_element);

/* Takes off the SP and HTAB on both ends. */
struct span list_trim(struct span text);
