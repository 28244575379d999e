/* The drawing for a terminal: the same places, moves and numbers as drawing.h's,
 * in characters. */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "lab/path.h"

#define DRAWING_TEXT_COLUMNS 76

struct drawing_text_style {
        bool ascii; /* else Unicode, as UTF-8 */
        bool colour;
};

/* Appends some 25 lines. Errors as drawing_write(). */
int drawing_text_write(struct text *text, const char *heading, const char *method,
                       const struct path_counts *counts, struct drawing_text_style style)
        __attribute__((warn_unused_result));
