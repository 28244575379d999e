#include "http/disposition.h"

static bool is_unreserved(char byte)
{
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
               (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
               byte == '~';
}

/* '%' too: some browsers decode it in a quoted string. */
static bool is_plain(char byte)
{
        return byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\' && byte != '%';
}

void disposition_write(struct text *text, struct span name)
{
        static const char digits[] = "0123456789ABCDEF";

        text_puts(text, "inline; filename=\"");
        for (size_t i = 0; i < name.length; i++)
                text_append(text, is_plain(name.data[i]) ? (struct span){&name.data[i], 1}
                                                         : SPAN_LITERAL("_"));
        text_puts(text, "\"; filename*=UTF-8''");
        for (size_t i = 0; i < name.length; i++) {
                unsigned char byte = (unsigned char)name.data[i];
                const char escape[] = {'%', digits[byte >> 4], digits[byte & 15]};
                text_append(text, is_unreserved(name.data[i])
                                          ? (struct span){&name.data[i], 1}
                                          : (struct span){escape, sizeof(escape)});
        }
}
