/* Content-Disposition (RFC 6266): what a file is to be saved as. */
#pragma once

#include "base/text.h"

/* Appends the value for who may show the file himself: 'inline' and its name; for
 * who knows no RFC 8187 with '_' for what a quoted string of ASCII cannot say. */
void disposition_write(struct text *text, struct span name);
