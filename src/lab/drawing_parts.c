#include "lab/drawing_parts.h"

#include <string.h>

#include "http/escape.h"

const struct drawing_kind drawing_kinds[PATH_KINDS] = {
        [PATH_CPU_COPY] = {"p-cpu", "copied by the CPU", 12},
        [PATH_DEVICE] = {"p-dma", "by a device", 152},
        [PATH_REFERENCE] = {"p-ref", "by reference", 252},
};

void drawing_append_escaped(struct text *text, const char *value)
{
        /* An escape is six bytes at most. */
        size_t room_size = 6 * strlen(value) + 1;
        char *room = text_room(text, room_size);
        if (room)
                text->length += escape_html(span_of(value), room, room_size);
}

void drawing_write_text(const struct drawing *drawing, double x, double y, const char *class,
                        const char *value)
{
        text_printf(drawing->text, "<text x=\"%g\" y=\"%g\" class=\"%s\">", x, y, class);
        drawing_append_escaped(drawing->text, value);
        text_puts(drawing->text, "</text>\n");
}
