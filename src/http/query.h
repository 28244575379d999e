/* The query of a target, as "name=value&name". Nothing is decoded: what is looked
 * for here is plain words. */
#pragma once

#include "base/span.h"

/* The value of the first element of that name; empty when it has no '='; .data NULL:
 * there is none. */
struct span query_value(struct span query, struct span name);
