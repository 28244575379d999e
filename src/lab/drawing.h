/* The path the bytes took, as a picture: user space above, the kernel below, the
 * devices at the bottom; an arrow for each move, as wide as the bytes it moved
 * for each byte sent, and the system calls counted on the line they cross. */
#pragma once

#include "base/text.h"
#include "lab/path.h"

/* How wide an arrow is that moves each byte once, in the drawing's units, and
 * the most it can be: beyond two bytes for each byte sent only its label tells. */
#define DRAWING_BYTE_WIDTH 20.0
#define DRAWING_WIDTH_MAX 40.0

/* Appends an SVG element, well-formed XML, that can be a file of its own or a
 * part of an HTML page. Light and dark by prefers-color-scheme. id: a name that
 * is unique in the page ("copy-4k"), of letters, digits and '-'. heading: what is
 * drawn ("copy, 4 KiB buffer"). -ENODATA: nothing was sent. Lack of memory is
 * remembered by the text. */
int drawing_write(struct text *text, const char *id, const char *heading, const char *method,
                  const struct path_counts *counts) __attribute__((warn_unused_result));
