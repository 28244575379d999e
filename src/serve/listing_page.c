#include "serve/listing.h"

#include <time.h>

#include "base/number.h"
#include "http/escape.h"

/* Whoever changes style or script changes LISTING_POLICY: the tests say to what. */
static const char style[] =
        ":root{color-scheme:light dark}\n"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\n"
        "h1{font-size:1.25rem;overflow-wrap:anywhere}\n"
        "table{border-collapse:collapse;width:100%}\n"
        "th{text-align:left;font-weight:600}\n"
        "td,th{padding:.25rem .5rem;border-bottom:1px solid #8884}\n"
        "td:first-child{overflow-wrap:anywhere}\n"
        ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
        "a{text-decoration:none}a:hover{text-decoration:underline}\n"
        "input{font:inherit;padding:.25rem .5rem;margin-bottom:1rem;width:100%;"
        "box-sizing:border-box}\n";

/* Only who runs scripts gets a box to filter by. */
static const char script[] =
        "const rows=document.querySelector('tbody').rows,box=document.createElement('input');\n"
        "box.type='search';box.placeholder='Filter';box.setAttribute('aria-label','Filter');\n"
        "box.oninput=()=>{const word=box.value.toLowerCase();for(const row of rows)"
        "row.hidden=!row.cells[0].textContent.toLowerCase().includes(word)};\n"
        "document.querySelector('h1').after(box);\n";

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

/* A column's head, which sorts by it; by the one that is sorted by, the other way. */
static void append_column(struct text *text, enum directory_order column, const char *title,
                          const struct listing_wish *wish)
{
        static const char *const names[] = {
                [DIRECTORY_BY_NAME] = "name",
                [DIRECTORY_BY_SIZE] = "size",
                [DIRECTORY_BY_MODIFIED] = "modified",
        };
        bool current = wish->order == column;
        const char *sorted = !current           ? ""
                             : wish->descending ? " aria-sort=\"descending\""
                                                : " aria-sort=\"ascending\"";

        text_printf(text, "<th%s%s><a href=\"?sort=%s&amp;order=%s\">%s</a></th>",
                    column == DIRECTORY_BY_NAME ? "" : " class=\"n\"", sorted, names[column],
                    current && !wish->descending ? "desc" : "asc", title);
}

static void append_head(struct text *text, struct span path)
{
        text_puts(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>/");
        append_escaped(text, path, escape_html);
        text_puts(text, "</title>\n<style>");
        text_puts(text, style);
        text_puts(text, "</style>\n</head>\n<body>\n<h1>/");
        append_escaped(text, path, escape_html);
        text_puts(text, path.length ? "/</h1>\n" : "</h1>\n");
}

void listing_page_write(struct text *text, struct span path, const struct directory *directory,
                        const struct listing_wish *wish, size_t bytes_max)
{
        size_t i = 0;

        append_head(text, path);
        text_puts(text, "<table>\n<thead><tr>");
        append_column(text, DIRECTORY_BY_NAME, "Name", wish);
        append_column(text, DIRECTORY_BY_SIZE, "Size", wish);
        append_column(text, DIRECTORY_BY_MODIFIED, "Modified (UTC)", wish);
        text_puts(text, "</tr></thead>\n<tbody>\n");
        if (path.length)
                text_puts(text, "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
        for (; i < directory->count && text->length < bytes_max; i++)
                append_entry(text, &directory->entries[i]);
        text_puts(text, "</tbody>\n</table>\n");
        if (directory->count == 0)
                text_puts(text, "<p>This folder is empty.</p>\n");
        if (directory->truncated || i < directory->count)
                text_printf(text, "<p>Only %zu entries are shown: there are more.</p>\n", i);
        text_puts(text, "<script>");
        text_puts(text, script);
        text_puts(text, "</script>\n</body>\n</html>\n");
}
