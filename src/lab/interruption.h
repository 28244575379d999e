/* Ctrl-C: the first asks for an end with what there is, the second ends at once. */
#pragma once

#include <stdbool.h>

/* From now on SIGINT only sets a mark and says message (static, with its line's
 * end) on standard error; the one after it kills as ever. Where SIGINT is
 * ignored, as in the background of a script, it stays so. */
void interruption_watch(const char *message);

/* Whether one came. */
bool interruption_came(void);

/* What was before. */
void interruption_release(void);
