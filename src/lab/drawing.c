#include "lab/drawing.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "lab/drawing_parts.h"

#define CALL_LINE_LENGTH 36 /* characters that fit on the line */
#define CALL_LINES 2
#define CALLS_MAX 64

/* Class names begin with "p-": in a page they are the page's too. */
static const char style[] =
        ".path{font:12px system-ui,sans-serif}"
        ".path text{fill:#1d2430}.path .p-mute{fill:#566070}.path .p-head{font-weight:600}"
        ".path .p-small{font-size:11px}"
        ".path .p-middle{text-anchor:middle}.path .p-end{text-anchor:end}"
        ".path .p-page{fill:#fff}.path .p-user{fill:#eaf1fb}.path .p-kernel{fill:#f1f1ec}"
        ".path .p-device{fill:#e4e6ea}"
        ".path .p-box{fill:#fff;stroke:#566070}"
        ".path .p-line{stroke:#566070;stroke-dasharray:6 3}.path .p-gate{fill:#fff;stroke:#566070}"
        ".path .p-cpu{fill:#c2410c;stroke:#7c2d12}.path .p-stripe{stroke:#fff}"
        ".path .p-dma{fill:#1d6fb8;stroke:#0c4a82}"
        ".path .p-ref{fill:#fff;stroke:#14713f;stroke-width:1.5;stroke-dasharray:4 2}"
        ".path .p-none{fill:none;stroke:#566070;stroke-dasharray:2 3}"
        "@media (prefers-color-scheme:dark){"
        ".path text{fill:#e6edf3}.path .p-mute{fill:#a3afbd}"
        ".path .p-page{fill:#0d1117}.path .p-user{fill:#14233a}.path .p-kernel{fill:#1f2124}"
        ".path .p-device{fill:#2c3036}"
        ".path .p-box,.path .p-gate{fill:#0d1117;stroke:#a3afbd}"
        ".path .p-line,.path .p-none{stroke:#a3afbd}"
        ".path .p-cpu{fill:#ff8c42;stroke:#ffc59e}.path .p-stripe{stroke:#0d1117}"
        ".path .p-dma{fill:#58a6ff;stroke:#b6d8ff}.path .p-ref{fill:#0d1117;stroke:#56d364}}";

static void write_box(const struct drawing *drawing, int left, int right, int top, int bottom,
                      enum path_place place)
{
        const char *name = path_place_name(drawing->path, drawing->counts, place);
        const char *note = place == PATH_SINK ? drawing->counts->sink_note : NULL;
        double x = (left + right) / 2.0, y = (top + bottom) / 2.0;

        text_printf(drawing->text,
                    "<rect class=\"p-box\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                    "rx=\"5\"/>\n",
                    left, top, right - left, bottom - top);
        drawing_write_text(drawing, x, note ? y - 3 : y + 4, "p-middle", name);
        if (note)
                drawing_write_text(drawing, x, y + 12, "p-mute p-middle", note);
}

static void write_places(const struct drawing *drawing)
{
        const struct path *path = drawing->path;

        if (path->user_memory)
                write_box(drawing, 12, path->records ? RECORDS_FROM : 348, USER_TOP, USER_BOTTOM,
                          PATH_USER_MEMORY);
        else
                drawing_write_text(drawing, WIDTH / 2.0, (USER_TOP + USER_BOTTOM) / 2.0 + 4,
                                   "p-mute p-middle", "no byte of the file comes here");
        if (path->records)
                write_box(drawing, RECORDS_LEFT, 348, USER_TOP, USER_BOTTOM, PATH_RECORDS);
        if (path->page_cache)
                write_box(drawing, 12, path->pipe ? 112 : 132, KERNEL_TOP, KERNEL_BOTTOM,
                          PATH_PAGE_CACHE);
        else
                drawing_write_text(drawing, 66, (KERNEL_TOP + KERNEL_BOTTOM) / 2.0 + 4, "p-mute",
                                   "past the page cache");
        if (path->pipe)
                write_box(drawing, 150, 210, KERNEL_TOP, KERNEL_BOTTOM, PATH_PIPE);
        write_box(drawing, path->pipe ? 248 : 228, 348, KERNEL_TOP, KERNEL_BOTTOM, PATH_SOCKET);
        write_box(drawing, 12, 132, DEVICE_TOP, DEVICE_BOTTOM, PATH_DISK);
        write_box(drawing, 200, 348, DEVICE_TOP, DEVICE_BOTTOM, PATH_SINK);
}

static void write_bands(const struct drawing *drawing)
{
        static const struct {
                const char *class;
                int top, bottom;
                const char *name;
        } bands[] = {
                {"p-user", 44, LINE, "user space"},
                {"p-kernel", LINE, DEVICE_LINE, "kernel"},
                {"p-device", DEVICE_LINE, 380, NULL},
        };

        text_printf(drawing->text, "<rect class=\"p-page\" width=\"%d\" height=\"%d\"/>\n", WIDTH,
                    HEIGHT);
        for (size_t i = 0; i < sizeof(bands) / sizeof(bands[0]); i++) {
                text_printf(drawing->text,
                            "<rect class=\"%s\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                            bands[i].class, bands[i].top, WIDTH, bands[i].bottom - bands[i].top);
        }
        drawing_write_text(drawing, 12, 57, "p-mute", bands[0].name);
        drawing_write_text(drawing, WIDTH / 2.0, DEVICE_LINE - 6, "p-mute p-middle", bands[1].name);
        text_printf(drawing->text, "<path class=\"p-line\" d=\"M0 %dH%d\"/>\n", LINE, WIDTH);
}

/* The names of the calls, as many as fit, most frequent first. Returns the lines
 * used. */
static int list_calls(const struct path_counts *counts,
                      char lines[static CALL_LINES][CALL_LINE_LENGTH + 1])
{
        struct path_call calls[CALLS_MAX];
        size_t count = path_calls_sorted(counts, calls, CALLS_MAX), used = 0;
        int line = 0;

        lines[0][0] = '\0';
        for (size_t i = 0; i < count; i++) {
                char number[NUMBER_TEXT_SIZE], word[96];
                /* Room is kept for "and 12 other names". */
                size_t room = line == CALL_LINES - 1 && i + 1 < count ? CALL_LINE_LENGTH - 20
                                                                      : CALL_LINE_LENGTH;
                int length = snprintf(word, sizeof(word), "%s%s %s", used ? ", " : "",
                                      calls[i].name, number_format_count(calls[i].count, number));
                if (used + (size_t)length > room && line == CALL_LINES - 1) {
                        (void)snprintf(lines[line] + used, CALL_LINE_LENGTH + 1 - used,
                                       "%sand %u other names", used ? " " : "",
                                       (unsigned)(count - i));
                        return line + 1;
                }
                if (used + (size_t)length > CALL_LINE_LENGTH) {
                        line++;
                        used = 0;
                        i--;
                        continue;
                }
                memcpy(lines[line] + used, word, (size_t)length + 1);
                used += (size_t)length;
        }
        return line + 1;
}

/* The system calls, on the line that they cross. */
static void write_gate(const struct drawing *drawing)
{
        char number[NUMBER_TEXT_SIZE], waits[NUMBER_TEXT_SIZE], total[96];
        char lines[CALL_LINES][CALL_LINE_LENGTH + 1];
        int used = list_calls(drawing->counts, lines);
        double top = LINE - 9 - 6.5 * used;

        text_printf(drawing->text,
                    "<rect class=\"p-gate\" x=\"62\" y=\"%g\" width=\"236\" height=\"%d\" "
                    "rx=\"9\"/>\n",
                    top, 18 + 13 * used);
        (void)snprintf(total, sizeof(total), "%s system call%s + %s wait%s",
                       number_format_count(drawing->path->calls, number),
                       drawing->path->calls == 1 ? "" : "s",
                       number_format_count(drawing->counts->waits, waits),
                       drawing->counts->waits == 1 ? "" : "s");
        drawing_write_text(drawing, WIDTH / 2.0, top + 13, "p-head p-middle", total);
        for (int i = 0; i < used; i++)
                drawing_write_text(drawing, WIDTH / 2.0, top + 26 + 13 * i,
                                   "p-small p-mute p-middle", lines[i]);
}

static void write_heading(const struct drawing *drawing, const char *heading)
{
        char size[NUMBER_TEXT_SIZE], line[128];
        const struct path_counts *counts = drawing->counts;

        text_puts(drawing->text, "<text x=\"12\" y=\"18\" font-size=\"15\" class=\"p-head\">");
        drawing_append_escaped(drawing->text, heading);
        text_puts(drawing->text, "</text>\n");
        (void)snprintf(line, sizeof(line), "%s sent; %.2f copies a byte by the CPU",
                       number_format_size(counts->bytes_sent, size),
                       (double)drawing->path->bytes_copied / (double)counts->bytes_sent);
        drawing_write_text(drawing, 12, 36, "p-mute", line);
        if (drawing->path->bytes_unplaced == 0)
                return;
        (void)snprintf(line, sizeof(line), "%s copied elsewhere",
                       number_format_size(drawing->path->bytes_unplaced, size));
        drawing_write_text(drawing, 348, 18, "p-head p-end", line);
}

static void write_legend(const struct drawing *drawing)
{
        for (size_t i = 0; i < PATH_KINDS; i++) {
                text_printf(drawing->text,
                            "<rect class=\"%s\" x=\"%d\" y=\"395\" width=\"18\" height=\"12\"/>\n",
                            drawing_kinds[i].class, drawing_kinds[i].x);
                if (i == PATH_CPU_COPY)
                        text_printf(drawing->text,
                                    "<rect fill=\"url(#%s-stripes)\" x=\"%d\" y=\"395\" "
                                    "width=\"18\" height=\"12\"/>\n",
                                    drawing->id, drawing_kinds[i].x);
                drawing_write_text(drawing, drawing_kinds[i].x + 22, 405, "p-mute",
                                   drawing_kinds[i].legend);
        }
}

/* The same in words, for who does not see it. */
static void write_description(const struct drawing *drawing)
{
        const struct path *path = drawing->path;
        const struct path_counts *counts = drawing->counts;
        struct path_call calls[CALLS_MAX];
        size_t count = path_calls_sorted(counts, calls, CALLS_MAX);
        char number[NUMBER_TEXT_SIZE];

        text_printf(drawing->text, "<desc id=\"%s-text\">", drawing->id);
        for (size_t i = 0; i < path->move_count; i++) {
                const struct path_move *move = &path->moves[i];
                drawing_append_escaped(drawing->text, path_place_name(path, counts, move->from));
                text_puts(drawing->text, " to ");
                drawing_append_escaped(drawing->text, path_place_name(path, counts, move->to));
                text_printf(drawing->text, ": %s, %s. ", move->label,
                            move->known ? number_format_size(move->bytes, number) : "not counted");
        }
        text_printf(drawing->text, "System calls: %s", number_format_count(path->calls, number));
        for (size_t i = 0; i < count; i++) {
                text_puts(drawing->text, i ? ", " : ": ");
                drawing_append_escaped(drawing->text, calls[i].name);
                text_printf(drawing->text, " %s", number_format_count(calls[i].count, number));
        }
        text_printf(drawing->text, ". Waits: %s.</desc>\n",
                    number_format_count(counts->waits, number));
}

int drawing_write(struct text *text, const char *id, const char *heading, const char *method,
                  const struct path_counts *counts)
{
        struct path path;
        int r = path_trace(method, counts, &path);
        if (r < 0)
                return r;
        struct drawing drawing = {.text = text, .id = id, .path = &path, .counts = counts};

        text_printf(text,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"path\" "
                    "viewBox=\"0 0 %d %d\" role=\"img\" "
                    "aria-labelledby=\"%s-name %s-text\">\n<title id=\"%s-name\">",
                    WIDTH, HEIGHT, id, id, id);
        text_puts(text, "The path of the bytes: ");
        drawing_append_escaped(text, heading);
        text_puts(text, "</title>\n");
        write_description(&drawing);
        text_printf(text,
                    "<style>%s</style>\n<defs><pattern id=\"%s-stripes\" width=\"6\" height=\"6\" "
                    "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                    "<path class=\"p-stripe\" stroke-width=\"2\" d=\"M1 0V6\"/></pattern></defs>\n",
                    style, id);
        write_bands(&drawing);
        write_heading(&drawing, heading);
        write_places(&drawing);
        write_gate(&drawing);
        drawing_write_moves(&drawing);
        write_legend(&drawing);
        text_puts(text, "</svg>\n");
        return 0;
}
