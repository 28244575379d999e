/* Text broken between words. */
#pragma once

#include <stdio.h>

/* Prints text and a newline, each of its lines from column start on and, where
 * a word allows, none beyond width (0: one line). column: where the cursor is;
 * behind start it goes to the next line first. */
void wrap_print(FILE *out, const char *text, int column, int start, int width);
