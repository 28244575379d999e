/* What the files of a drawing share; drawing.h is the way in. */
#pragma once

#include "base/text.h"
#include "lab/path.h"

/* The drawing's units are pixels at a width of 360. */
#define WIDTH 360
#define HEIGHT 424
#define LEFT 40 /* the arrows that go up and down */
#define RIGHT 320
#define USER_TOP 62
#define USER_BOTTOM 98
#define USER_MIDDLE 80
#define RECORDS_FROM 140 /* the buffer's end, where there are records */
#define RECORDS_LEFT 220
#define LINE 164 /* between user space and the kernel */
#define KERNEL_TOP 226
#define KERNEL_BOTTOM 266
#define DEVICE_LINE 302
#define DEVICE_TOP 330
#define DEVICE_BOTTOM 372

struct drawing {
        struct text *text;
        const char *id;
        const struct path *path;
        const struct path_counts *counts;
};

/* How a kind of move is drawn. */
struct drawing_kind {
        const char *class; /* of drawing.c's style */
        const char *legend;
        int x; /* of the legend */
};

extern const struct drawing_kind drawing_kinds[PATH_KINDS];

void drawing_append_escaped(struct text *text, const char *value);

/* One line of text, escaped; class: of drawing.c's style. */
void drawing_write_text(const struct drawing *drawing, double x, double y, const char *class,
                        const char *value);

/* Every move of the path, with its label. */
void drawing_write_moves(const struct drawing *drawing);
