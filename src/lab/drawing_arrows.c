#include <stdio.h>

#include "base/number.h"
#include "lab/drawing.h"
#include "lab/drawing_parts.h"

#define BANDS_MAX 4 /* moves between the same two places */

/* Where a run of arrows begins and ends; it is upright or level. */
struct segment {
        double x1, y1, x2, y2;
};

static struct segment segment_of(const struct path *path, const struct path_move *move)
{
        switch (move->from) {
        case PATH_DISK:
                return (struct segment){LEFT, DEVICE_TOP, LEFT,
                                        move->to == PATH_PAGE_CACHE ? KERNEL_BOTTOM : USER_BOTTOM};
        case PATH_USER_MEMORY:
                if (move->to == PATH_RECORDS)
                        return (struct segment){RECORDS_FROM, USER_MIDDLE, RECORDS_LEFT,
                                                USER_MIDDLE};
                return (struct segment){RIGHT, USER_BOTTOM, RIGHT, KERNEL_TOP};
        case PATH_RECORDS:
                return (struct segment){RIGHT, USER_BOTTOM, RIGHT, KERNEL_TOP};
        case PATH_PIPE:
                return (struct segment){210, 246, 248, 246};
        case PATH_SOCKET:
        case PATH_SINK:
                return (struct segment){RIGHT, KERNEL_BOTTOM, RIGHT, DEVICE_TOP};
        case PATH_PAGE_CACHE:
                break;
        }
        if (move->to == PATH_USER_MEMORY)
                return (struct segment){LEFT, KERNEL_TOP, LEFT, USER_BOTTOM};
        return (struct segment){path->pipe ? 112 : 132, 246, path->pipe ? 150 : 228, 246};
}

static double width_of(const struct path_move *move, const struct path_counts *counts)
{
        if (!move->known)
                return 0;
        double width = DRAWING_BYTE_WIDTH * path_share(move, counts);
        return width < DRAWING_WIDTH_MAX ? width : DRAWING_WIDTH_MAX;
}

/* The outline of an arrow along a segment, drawn to the right and turned. */
static void write_outline(struct text *text, const struct segment *at, double aside, double width)
{
        double dx = at->x2 - at->x1, dy = at->y2 - at->y1;
        double length = dx + dy < 0 ? -(dx + dy) : dx + dy;
        double head = length < 14 + width / 2 ? length - 4 : 10;
        double half = width / 2, wing = half + 5;
        int turn = dy > 0 ? 90 : dy < 0 ? -90 : 0;

        text_printf(text,
                    "transform=\"translate(%g %g) rotate(%d)\" "
                    "d=\"M0 %gH%gV%gL%g 0L%g %gV%gH0z\"",
                    at->x1 + (dy != 0 ? aside : 0), at->y1 + (dy != 0 ? 0 : aside), turn, -half,
                    length - head, -wing, length, length - head, wing, half);
}

static void write_arrow(const struct drawing *drawing, const struct path_move *move,
                        const struct segment *at, double aside)
{
        double width = width_of(move, drawing->counts);
        const char *class = width > 0 ? drawing_kinds[move->kind].class : "p-none";

        text_printf(drawing->text, "<path class=\"%s\" ", class);
        if (width > 0)
                text_printf(drawing->text, "data-width=\"%.2f\" ", width);
        write_outline(drawing->text, at, aside, width);
        text_puts(drawing->text, "/>\n");
        if (width == 0 || move->kind != PATH_CPU_COPY)
                return;
        /* Stripes on top: the colour is not the only sign. */
        text_printf(drawing->text, "<path fill=\"url(#%s-stripes)\" ", drawing->id);
        write_outline(drawing->text, at, aside, width);
        text_puts(drawing->text, "/>\n");
}

static const char *bytes_text(const struct path_move *move, char buffer[static NUMBER_TEXT_SIZE])
{
        return move->known ? number_format_size(move->bytes, buffer) : "not counted";
}

/* Beside an arrow that goes up or down, above a level one. */
static void write_labels(const struct drawing *drawing, const struct path_move *const moves[],
                         size_t count, const struct segment *at, double width)
{
        char size[NUMBER_TEXT_SIZE], line[128];
        bool level = at->y1 == at->y2;
        bool lower = at->y1 > KERNEL_BOTTOM || at->y2 > KERNEL_BOTTOM;
        bool upper = at->y1 < LINE && at->y2 < LINE;
        double y = level && !upper ? KERNEL_TOP - 18 : lower ? 286 : USER_BOTTOM + 16;
        double x = level ? (at->x1 + at->x2) / 2 : at->x1;
        const char *class = level ? "p-middle" : at->x1 == LEFT ? "p-start" : "p-end";

        if (!level)
                x += (at->x1 == LEFT ? 1 : -1) * (width / 2 + 9);
        for (size_t i = 0; i < count; i++) {
                const char *bytes = bytes_text(moves[i], size);
                if (count > 1) {
                        (void)snprintf(line, sizeof(line), "%s %s", moves[i]->label, bytes);
                        drawing_write_text(drawing, x, y + 14.0 * (double)i, class, line);
                        continue;
                }
                drawing_write_text(drawing, x, y, class, moves[i]->label);
                (void)snprintf(line, sizeof(line), "%s p-head", class);
                drawing_write_text(drawing, x, y + 14, line, bytes);
        }
}

/* All moves between two places, side by side, and their labels. */
static void write_run(const struct drawing *drawing, size_t first)
{
        const struct path *path = drawing->path;
        const struct path_move *moves[BANDS_MAX];
        struct segment at = segment_of(path, &path->moves[first]);
        double width = 0, aside;
        size_t count = 0;

        for (size_t i = first; i < path->move_count && count < BANDS_MAX; i++)
                if (path->moves[i].from == path->moves[first].from &&
                    path->moves[i].to == path->moves[first].to)
                        moves[count++] = &path->moves[i];
        for (size_t i = 0; i < count; i++)
                width += width_of(moves[i], drawing->counts);
        aside = -width / 2;
        for (size_t i = 0; i < count; i++) {
                double own = width_of(moves[i], drawing->counts);
                write_arrow(drawing, moves[i], &at, aside + own / 2);
                aside += own;
        }
        write_labels(drawing, moves, count, &at, width);
}

void drawing_write_moves(const struct drawing *drawing)
{
        const struct path *path = drawing->path;

        for (size_t i = 0; i < path->move_count; i++) {
                bool drawn = false;
                for (size_t j = 0; j < i; j++)
                        drawn = drawn || (path->moves[j].from == path->moves[i].from &&
                                          path->moves[j].to == path->moves[i].to);
                if (!drawn)
                        write_run(drawing, i);
        }
}
