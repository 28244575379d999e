/* One field line, as somebody writes it into a configuration: "Name: value". */
#pragma once

#include "base/span.h"

/* Splits it. 0; -EINVAL: not a name of token characters, a colon, and a value of
 * printable characters (RFC 9110 5.1 and 5.5), so that it can be sent as it is. */
int field_parse(struct span line, struct span *ret_name, struct span *ret_value)
        __attribute__((warn_unused_result));
