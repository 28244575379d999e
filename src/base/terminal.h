/* What a descriptor's terminal can show. */
#pragma once

#include <stdbool.h>

/* In columns; 0: it is no terminal, or does not say. */
int terminal_width(int fd);

/* It is a terminal, and NO_COLOR (no-color.org) is not set to anything. */
bool terminal_has_colour(int fd);
