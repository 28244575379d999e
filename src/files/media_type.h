/* Media types by file name, from the system's table, compiled in. */
#pragma once

#include "base/span.h"

/* What stands behind the name's last dot; NULL: none, or nothing before it. */
const char *media_type_extension(const char *name);

/* The type for the name's extension, or for a whole name without one such as README, in any
 * case; text types with their charset. "application/octet-stream" when there is none. Static. */
struct span media_type_of(const char *name);

/* Whether files of that type get notably smaller when they are compressed. */
bool media_type_is_compressible(struct span type);
