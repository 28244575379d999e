#include "lab/drawing_text.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"

#define COLUMNS DRAWING_TEXT_COLUMNS
#define ROWS 25
#define LEFT 8 /* the middle of what goes up and down */
#define RIGHT 67
#define USER_TOP 3 /* boxes have three rows */
#define LINE 9 /* between user space and the kernel */
#define KERNEL_TOP 14
#define DEVICE_LINE 20
#define DEVICE_TOP 21
#define LEGEND 24
#define CALLS_MAX 64
#define CALLS_WIDTH 50
#define BYTE_COLUMNS 3.0 /* of an arrow that moves each byte once */
#define COLUMNS_MAX 6

enum glyph {
        GLYPH_SPACE,
        GLYPH_TEXT, /* the cell's own character */
        GLYPH_LEVEL,
        GLYPH_UPRIGHT,
        GLYPH_TOP_LEFT,
        GLYPH_TOP_RIGHT,
        GLYPH_BOTTOM_LEFT,
        GLYPH_BOTTOM_RIGHT,
        GLYPH_BORDER,
        GLYPH_NONE_UPRIGHT,
        GLYPH_UP,
        GLYPH_DOWN,
        GLYPH_RIGHT,
        GLYPH_CPU_COPY, /* and the others, in the order of enum path_kind */
        GLYPH_DEVICE,
        GLYPH_REFERENCE,
};

static const char *const glyphs[][2] = {
        [GLYPH_SPACE] = {" ", " "},        [GLYPH_LEVEL] = {"─", "-"},
        [GLYPH_UPRIGHT] = {"│", "|"},      [GLYPH_TOP_LEFT] = {"┌", "+"},
        [GLYPH_TOP_RIGHT] = {"┐", "+"},    [GLYPH_BOTTOM_LEFT] = {"└", "+"},
        [GLYPH_BOTTOM_RIGHT] = {"┘", "+"}, [GLYPH_BORDER] = {"┄", "-"},
        [GLYPH_NONE_UPRIGHT] = {"┊", "."}, [GLYPH_UP] = {"▲", "^"},
        [GLYPH_DOWN] = {"▼", "v"},         [GLYPH_RIGHT] = {"▶", ">"},
        [GLYPH_CPU_COPY] = {"▓", "#"},     [GLYPH_DEVICE] = {"█", "H"},
        [GLYPH_REFERENCE] = {"░", ":"},
};

enum colour { PLAIN, BOLD, FAINT, CPU_COPY, DEVICE, REFERENCE };

static const char *const colours[] = {
        [PLAIN] = "0",     [BOLD] = "1",    [FAINT] = "2",
        [CPU_COPY] = "33", [DEVICE] = "36", [REFERENCE] = "32",
};

struct cell {
        unsigned char glyph;
        unsigned char colour;
        char character;
};

struct canvas {
        struct cell cells[ROWS][COLUMNS];
        const struct path *path;
        const struct path_counts *counts;
};

static void put(struct canvas *canvas, int row, int column, enum glyph glyph, enum colour colour)
{
        if (row < 0 || row >= ROWS || column < 0 || column >= COLUMNS)
                return;
        canvas->cells[row][column] = (struct cell){(unsigned char)glyph, (unsigned char)colour, 0};
}

static void write_at(struct canvas *canvas, int row, int column, enum colour colour,
                     const char *string)
{
        for (; *string; string++, column++) {
                put(canvas, row, column, GLYPH_TEXT, colour);
                if (row >= 0 && row < ROWS && column >= 0 && column < COLUMNS)
                        canvas->cells[row][column].character = *string;
        }
}

static void write_centred(struct canvas *canvas, int row, int column, enum colour colour,
                          const char *string)
{
        write_at(canvas, row, column - (int)strlen(string) / 2, colour, string);
}

static void draw_box(struct canvas *canvas, int top, int left, int right, enum path_place place)
{
        const char *note = place == PATH_SINK ? canvas->counts->sink_note : NULL;
        char name[COLUMNS];

        for (int column = left + 1; column < right; column++) {
                put(canvas, top, column, GLYPH_LEVEL, PLAIN);
                put(canvas, top + 2, column, GLYPH_LEVEL, PLAIN);
        }
        put(canvas, top, left, GLYPH_TOP_LEFT, PLAIN);
        put(canvas, top, right, GLYPH_TOP_RIGHT, PLAIN);
        put(canvas, top + 1, left, GLYPH_UPRIGHT, PLAIN);
        put(canvas, top + 1, right, GLYPH_UPRIGHT, PLAIN);
        put(canvas, top + 2, left, GLYPH_BOTTOM_LEFT, PLAIN);
        put(canvas, top + 2, right, GLYPH_BOTTOM_RIGHT, PLAIN);
        (void)snprintf(name, (size_t)(right - left), "%s%s%s",
                       path_place_name(canvas->path, canvas->counts, place), note ? ", " : "",
                       note ? note : "");
        write_centred(canvas, top + 1, (left + right + 1) / 2, BOLD, name);
}

static void draw_places(struct canvas *canvas)
{
        const struct path *path = canvas->path;

        write_at(canvas, USER_TOP - 1, 0, FAINT, "user space");
        if (path->user_memory)
                draw_box(canvas, USER_TOP, 0, path->records ? 22 : COLUMNS - 1, PATH_USER_MEMORY);
        else
                write_centred(canvas, USER_TOP + 1, COLUMNS / 2, FAINT,
                              "no byte of the file comes here");
        if (path->records)
                draw_box(canvas, USER_TOP, 53, COLUMNS - 1, PATH_RECORDS);
        if (path->page_cache)
                draw_box(canvas, KERNEL_TOP, 0, 22, PATH_PAGE_CACHE);
        else
                write_at(canvas, KERNEL_TOP + 1, 12, FAINT, "past the page cache");
        if (path->pipe)
                draw_box(canvas, KERNEL_TOP, 32, 43, PATH_PIPE);
        draw_box(canvas, KERNEL_TOP, 53, COLUMNS - 1, PATH_SOCKET);
        draw_box(canvas, DEVICE_TOP, 0, 22, PATH_DISK);
        draw_box(canvas, DEVICE_TOP, 44, COLUMNS - 1, PATH_SINK);
        for (int column = 0; column < COLUMNS; column++) {
                put(canvas, LINE, column, GLYPH_BORDER, FAINT);
                put(canvas, DEVICE_LINE, column, GLYPH_BORDER, FAINT);
        }
        write_centred(canvas, DEVICE_LINE - 1, COLUMNS / 2, FAINT, "kernel");
}

/* The total on the line, the names below it. */
static void draw_calls(struct canvas *canvas)
{
        struct path_call calls[CALLS_MAX];
        char number[NUMBER_TEXT_SIZE], waits[NUMBER_TEXT_SIZE], line[COLUMNS] = "", word[96];
        size_t count = path_calls_sorted(canvas->counts, calls, CALLS_MAX);
        int row = LINE + 1;

        (void)snprintf(word, sizeof(word), " %s system calls + %s waits ",
                       number_format_count(canvas->path->calls, number),
                       number_format_count(canvas->counts->waits, waits));
        write_centred(canvas, LINE, COLUMNS / 2, BOLD, word);
        for (size_t i = 0; i < count && row <= LINE + 2; i++) {
                (void)snprintf(word, sizeof(word), "%s%s %s", line[0] ? ", " : "", calls[i].name,
                               number_format_count(calls[i].count, number));
                /* Room is kept for what says how many are not named. */
                bool is_last = row == LINE + 2;
                size_t room = is_last && i + 1 < count ? CALLS_WIDTH - 20 : CALLS_WIDTH;
                if (strlen(line) + strlen(word) > room && is_last) {
                        (void)snprintf(word, sizeof(word), " and %zu other names", count - i);
                        i = count;
                } else if (strlen(line) + strlen(word) > room) {
                        write_centred(canvas, row++, COLUMNS / 2, PLAIN, line);
                        line[0] = '\0';
                        i--;
                        continue;
                }
                strcat(line, word);
        }
        if (row <= LINE + 2)
                write_centred(canvas, row, COLUMNS / 2, PLAIN, line);
}

static void label(struct canvas *canvas, int row, int column, bool at_end, enum colour colour,
                  const char *string)
{
        write_at(canvas, row, at_end ? column - (int)strlen(string) : column, colour, string);
}

/* Columns of an arrow; 0: a thin line, as nothing is known to have moved. */
static int columns_of(const struct path_move *move, const struct path_counts *counts)
{
        if (!move->known || move->bytes == 0)
                return 0;
        double columns = BYTE_COLUMNS * path_share(move, counts) + 0.5;
        return columns < 1 ? 1 : columns > COLUMNS_MAX ? COLUMNS_MAX : (int)columns;
}

static void draw_upright(struct canvas *canvas, const struct path_move *move, int from, int to,
                         int column, int columns)
{
        enum glyph body = columns ? GLYPH_CPU_COPY + (enum glyph)move->kind : GLYPH_NONE_UPRIGHT;
        enum colour colour = columns ? CPU_COPY + (enum colour)move->kind : FAINT;
        int step = from < to ? 1 : -1;

        for (int i = 0; i < (columns ? columns : 1); i++) {
                for (int row = from; row != to; row += step)
                        put(canvas, row, column + i, body, colour);
                put(canvas, to, column + i, step > 0 ? GLYPH_DOWN : GLYPH_UP, colour);
        }
}

static void draw_level(struct canvas *canvas, const struct path_move *move, int from, int to,
                       int row)
{
        for (int column = from; column < to; column++)
                put(canvas, row, column, GLYPH_CPU_COPY + (enum glyph)move->kind,
                    CPU_COPY + (enum colour)move->kind);
        put(canvas, row, to, GLYPH_RIGHT, CPU_COPY + (enum colour)move->kind);
}

/* nth of the moves between the same two places; aside: the columns of those
 * before it. */
static void draw_move(struct canvas *canvas, const struct path_move *move, int nth, int aside)
{
        bool right = move->from == PATH_USER_MEMORY || move->from == PATH_RECORDS ||
                     move->to == PATH_SINK;
        bool upper = move->to == PATH_RECORDS;
        bool level = upper || move->to == PATH_PIPE || move->from == PATH_PIPE ||
                     (move->from == PATH_PAGE_CACHE && move->to == PATH_SOCKET);
        bool low = move->from == PATH_DISK || move->to == PATH_SINK;
        int columns = columns_of(move, canvas->counts);
        int row = low ? KERNEL_TOP + 3 + 2 * nth : USER_TOP + 3 + 2 * nth;
        int column = right ? RIGHT - aside - columns + 2 : LEFT - 1 + aside;
        char size[NUMBER_TEXT_SIZE];
        const char *bytes = move->known ? number_format_size(move->bytes, size) : "not counted";

        if (level) {
                int from = move->from == PATH_PIPE ? 44 : 23;
                int to = move->to == PATH_PIPE ? 31 : 52;
                int words = upper ? USER_TOP + 2 : KERNEL_TOP - 2;
                draw_level(canvas, move, from, to, (upper ? USER_TOP : KERNEL_TOP) + nth);
                write_centred(canvas, words, (from + to) / 2 + 1, PLAIN, move->label);
                write_centred(canvas, words + 1, (from + to) / 2 + 1, BOLD, bytes);
                return;
        }
        if (move->from == PATH_DISK)
                draw_upright(canvas, move, DEVICE_TOP - 1,
                             move->to == PATH_PAGE_CACHE ? KERNEL_TOP + 3 : USER_TOP + 3, column,
                             columns);
        else if (move->to == PATH_SINK)
                draw_upright(canvas, move, KERNEL_TOP + 3, DEVICE_TOP - 1, column, columns);
        else if (right)
                draw_upright(canvas, move, USER_TOP + 3, KERNEL_TOP - 1, column, columns);
        else
                draw_upright(canvas, move, KERNEL_TOP - 1, USER_TOP + 3, column, columns);
        column = right ? RIGHT - 3 : LEFT + 4;
        label(canvas, row, column, right, PLAIN, move->label);
        label(canvas, row + 1, column, right, BOLD, bytes);
}

static void draw_moves(struct canvas *canvas)
{
        const struct path *path = canvas->path;

        for (size_t i = 0; i < path->move_count; i++) {
                int nth = 0, aside = 0;
                for (size_t j = 0; j < i; j++) {
                        if (path->moves[j].from != path->moves[i].from ||
                            path->moves[j].to != path->moves[i].to)
                                continue;
                        nth++;
                        aside += columns_of(&path->moves[j], canvas->counts);
                }
                draw_move(canvas, &path->moves[i], nth, aside);
        }
}

static void draw_legend(struct canvas *canvas)
{
        static const char *const names[] = {"copied by the CPU", "by a device", "by reference"};
        int column = 0;

        for (size_t i = 0; i < PATH_KINDS; i++) {
                for (int j = 0; j < 3; j++)
                        put(canvas, LEGEND, column++, GLYPH_CPU_COPY + (enum glyph)i,
                            CPU_COPY + (enum colour)i);
                write_at(canvas, LEGEND, column + 1, FAINT, names[i]);
                column += (int)strlen(names[i]) + 4;
        }
}

static void draw_heading(struct canvas *canvas, const char *heading)
{
        char size[NUMBER_TEXT_SIZE], line[COLUMNS + 1];
        const struct path *path = canvas->path;

        (void)snprintf(line, sizeof(line), "%s", heading);
        write_at(canvas, 0, 0, BOLD, line);
        (void)snprintf(line, sizeof(line), "%s sent; %.2f copies a byte by the CPU",
                       number_format_size(canvas->counts->bytes_sent, size),
                       (double)path->bytes_copied / (double)canvas->counts->bytes_sent);
        write_at(canvas, 1, 0, PLAIN, line);
        if (path->bytes_unplaced == 0)
                return;
        (void)snprintf(line, sizeof(line), "%s copied elsewhere",
                       number_format_size(path->bytes_unplaced, size));
        label(canvas, 0, COLUMNS, true, BOLD, line);
}

static void print_row(struct text *text, const struct cell row[static COLUMNS],
                      struct drawing_text_style style)
{
        int end = COLUMNS;
        unsigned colour = PLAIN;

        while (end > 0 && row[end - 1].glyph == GLYPH_SPACE)
                end--;
        for (int i = 0; i < end; i++) {
                if (style.colour && row[i].colour != colour) {
                        colour = row[i].colour;
                        text_printf(text, "\033[0;%sm", colours[colour]);
                }
                if (row[i].glyph == GLYPH_TEXT)
                        text_append(text, (struct span){&row[i].character, 1});
                else
                        text_puts(text, glyphs[row[i].glyph][style.ascii]);
        }
        text_puts(text, colour != PLAIN ? "\033[0m\n" : "\n");
}

int drawing_text_write(struct text *text, const char *heading, const char *method,
                       const struct path_counts *counts, struct drawing_text_style style)
{
        struct path path;
        int r = path_trace(method, counts, &path);
        if (r < 0)
                return r;

        struct canvas canvas = {.path = &path, .counts = counts};
        draw_heading(&canvas, heading);
        draw_places(&canvas);
        draw_calls(&canvas);
        draw_moves(&canvas);
        draw_legend(&canvas);
        for (int row = 0; row < ROWS; row++)
                print_row(text, canvas.cells[row], style);
        return 0;
}
