/* Did you mean ...? */
#pragma once

#include <stddef.h>

/* How many letters have to be added, taken away or changed to make b of a. Words
 * longer than 63 letters are as far as can be. */
size_t nearest_distance(const char *a, const char *b);

/* Keeps in *best the candidate that is nearer to word than it, if any is near
 * enough to have been meant. Start with NULL. */
void nearest_consider(const char *word, const char *candidate, const char **best);
