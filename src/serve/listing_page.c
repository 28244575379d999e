#include "serve/listing_page.h"

#include <time.h>

#include "base/number.h"
#include "http/escape.h"

static const char style[] =
        "<style>\n"
        ":root{color-scheme:light dark}\n"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\n"
        "h1{font-size:1.25rem;overflow-wrap:anywhere}\n"
        "table{border-collapse:collapse;width:100%}\n"
        "th{text-align:left;font-weight:600}\n"
        "td,th{padding:.25rem .5rem;border-bottom:1px solid #8884}\n"
        "td:first-child{overflow-wrap:anywhere}\n"
        ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
        "a{text-decoration:none}a:hover{text-decoration:underline}\n"
        "</style>\n";

typedef size_t escape_function(struct span text, char *out, size_t capacity);

static void append_escaped(struct text *text, struct span value, escape_function *escape)
{
        /* An escape is six bytes at most. */
        size_t room_size = 6 * value.length + 1;
        char *room = text_room(text, room_size);
        if (room)
                text->length += escape(value, room, room_size);
}

static void append_entry(struct text *text, const struct directory_entry *entry)
{
        struct span name = span_of(entry->name);
        const char *slash = entry->is_directory ? "/" : "";
        char size[NUMBER_TEXT_SIZE], modified[32] = "";
        struct tm utc;

        if (gmtime_r(&entry->modified, &utc))
                (void)strftime(modified, sizeof(modified), "%Y-%m-%d %H:%M", &utc);

        /* "./" so that a name with a colon is no scheme. */
        text_puts(text, "<tr><td><a href=\"./");
        append_escaped(text, name, escape_uri_path);
        text_printf(text, "%s\">", slash);
        append_escaped(text, name, escape_html);
        text_printf(text, "%s</a></td><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>\n", slash,
                    entry->is_directory ? "" : number_format_size(entry->size, size), modified);
}

void listing_page_write(struct text *text, struct span path, const struct directory *directory)
{
        text_puts(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>/");
        append_escaped(text, path, escape_html);
        text_puts(text, "</title>\n");
        text_puts(text, style);
        text_puts(text, "</head>\n<body>\n<h1>/");
        append_escaped(text, path, escape_html);
        text_puts(text, path.length ? "/</h1>\n" : "</h1>\n");
        text_puts(text, "<table>\n<thead><tr><th>Name</th><th class=\"n\">Size</th>"
                        "<th class=\"n\">Modified (UTC)</th></tr></thead>\n<tbody>\n");
        if (path.length)
                text_puts(text, "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
        for (size_t i = 0; i < directory->count; i++)
                append_entry(text, &directory->entries[i]);
        text_puts(text, "</tbody>\n</table>\n");
        if (directory->count == 0)
                text_puts(text, "<p>This folder is empty.</p>\n");
        if (directory->truncated)
                text_printf(text, "<p>Only the first %d entries are shown.</p>\n",
                            DIRECTORY_ENTRIES_MAX);
        text_puts(text, "</body>\n</html>\n");
}
