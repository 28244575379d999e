#include "cli/nearest.h"

#include <stdint.h>
#include <string.h>

#define LETTERS_MAX 63

static size_t least(size_t a, size_t b, size_t c)
{
        size_t smaller = a < b ? a : b;
        return smaller < c ? smaller : c;
}

/* Levenshtein's, a row at a time. */
size_t nearest_distance(const char *a, const char *b)
{
        size_t row[LETTERS_MAX + 1], length = strlen(b);

        if (length > LETTERS_MAX || strlen(a) > LETTERS_MAX)
                return SIZE_MAX;
        for (size_t j = 0; j <= length; j++)
                row[j] = j;
        for (size_t i = 1; a[i - 1]; i++) {
                size_t diagonal = row[0];
                row[0] = i;
                for (size_t j = 1; j <= length; j++) {
                        size_t above = row[j];
                        row[j] =
                                least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
                        diagonal = above;
                }
        }
        return row[length];
}

void nearest_consider(const char *word, const char *candidate, const char **best)
{
        size_t distance = nearest_distance(word, candidate);
        /* A third of the letters wrong is a typing error, more is another word. */
        if (distance > 1 + strlen(word) / 3)
                return;
        if (!*best || distance < nearest_distance(word, *best))
                *best = candidate;
}
