#include "serve/listing.h"

#include <string.h>
#include <time.h>

#include "base/number.h"
#include "http/escape.h"

/* Whoever changes style or script changes LISTING_POLICY: the tests say to what. Where it is
 * narrow a name has the whole width, and size and date stand beneath it. */
static const char style[] =
        ":root{color-scheme:light dark}\n"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\n"
        "h1{font-size:1.25rem;overflow-wrap:anywhere}\n"
        "table{border-collapse:collapse;width:100%}\n"
        "td,th{padding:.25rem .5rem;text-align:left}\n"
        "tr{border-bottom:1px solid #8884}\n"
        "td:first-child{overflow-wrap:anywhere}\n"
        "td+td,th+th{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
        "a{text-decoration:none}a:hover{text-decoration:underline}\n"
        "th a{color:inherit}\n"
        "[aria-sort=ascending] a::after{content:' \\2191'}\n"
        "[aria-sort=descending] a::after{content:' \\2193'}\n"
        "input{font:inherit;padding:.25rem .5rem;margin-bottom:1rem;width:100%;"
        "box-sizing:border-box}\n"
        "::placeholder{color:inherit;opacity:.75}\n"
        "@media(max-width:40rem){body{margin:1rem auto}"
        "tr{display:flex;flex-wrap:wrap;justify-content:space-between}"
        "td:first-child{width:100%;padding-bottom:0}td:first-child a{display:block}"
        "td+td{padding-top:0;font-size:.875rem}}\n"
        "[hidden]{display:none}\n";

/* Only who runs scripts gets a box to filter by. */
static const char script[] =
        "const rows=document.querySelector('tbody').rows,box=document.createElement('input');\n"
        "box.type='search';box.placeholder='Filter';box.setAttribute('aria-label','Filter');\n"
        "box.oninput=()=>{const word=box.value.toLowerCase();for(const row of rows)"
        "row.hidden=!row.cells[0].textContent.toLowerCase().includes(word)};\n"
        "document.querySelector('h1').after(box);\n";

static void append_uri(struct text *text, struct span value)
{
        /* An escape is three bytes. */
        size_t size = 3 * value.length + 1;
        char *room = text_room(text, size);
        if (room)
                text->length += escape_uri_path(value, room, size);
}

static void append_visible(struct text *text, struct span value)
{
        size_t size = ESCAPE_VISIBLE_MOST * value.length + 1;
        char *room = text_room(text, size);
        if (room)
                text->length += escape_html_visible(value, room, size);
}

/* Of its own direction of writing, so that it does not turn what stands beside it. */
static void append_name(struct text *text, struct span name)
{
        text_puts(text, "<bdi>");
        append_visible(text, name);
        text_puts(text, "</bdi>");
}

/* HTML needs no end tags of cells and rows, and a folder may have many. */
static void append_entry(struct text *text, const struct directory_entry *entry)
{
        struct span name = span_of(entry->name);
        const char *slash = entry->is_directory ? "/" : "";
        char size[NUMBER_TEXT_SIZE], modified[32] = "";
        struct tm utc;

        if (!entry->undated && gmtime_r(&entry->modified, &utc))
                (void)strftime(modified, sizeof(modified), "%Y-%m-%d %H:%M", &utc);

        /* "./" so that a name with a colon is no scheme. */
        text_puts(text, "<tr><td><a href=\"./");
        append_uri(text, name);
        text_printf(text, "%s\">", slash);
        append_name(text, name);
        text_printf(text, "%s</a><td>%s<td>%s\n", slash,
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

        text_printf(text, "<th%s><a href=\"?sort=%s&amp;order=%s\">%s</a></th>", sorted,
                    names[column], current && !wish->descending ? "desc" : "asc", title);
}

static size_t count_steps(struct span path)
{
        size_t steps = path.length > 0;
        for (size_t i = 0; i < path.length; i++)
                steps += path.data[i] == '/';
        return steps;
}

/* The way from the root to the folder: what is above it leads there, by "../" so that it
 * works behind a proxy that knows the root by another path. */
static void append_way(struct text *text, const struct listing_place *place)
{
        struct span rest = place->path, step = place->root;

        for (size_t above = count_steps(rest); above > 0; above--) {
                text_puts(text, "<a href=\"");
                for (size_t i = 0; i < above; i++)
                        text_puts(text, "../");
                text_puts(text, "\">");
                append_name(text, step);
                text_puts(text, "</a>/<wbr>");

                const char *slash = memchr(rest.data, '/', rest.length);
                step = (struct span){rest.data, slash ? (size_t)(slash - rest.data) : rest.length};
                size_t taken = step.length + (slash != NULL);
                rest = (struct span){rest.data + taken, rest.length - taken};
        }
        append_name(text, step);
        text_puts(text, "/");
}

static void append_head(struct text *text, const struct listing_place *place)
{
        text_puts(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
        append_visible(text, place->root);
        text_puts(text, "/");
        append_visible(text, place->path);
        text_puts(text, place->path.length ? "/</title>\n<style>" : "</title>\n<style>");
        text_puts(text, style);
        text_puts(text, "</style>\n</head>\n<body>\n<h1>");
        append_way(text, place);
        text_puts(text, "</h1>\n");
}

void listing_page_write(struct text *text, const struct listing_place *place,
                        const struct directory *directory, const struct listing_wish *wish,
                        size_t bytes_max)
{
        size_t i = 0;

        append_head(text, place);
        text_puts(text, "<table>\n<thead><tr>");
        append_column(text, DIRECTORY_BY_NAME, "Name", wish);
        append_column(text, DIRECTORY_BY_SIZE, "Size", wish);
        append_column(text, DIRECTORY_BY_MODIFIED, "Modified (UTC)", wish);
        text_puts(text, "</tr></thead>\n<tbody>\n");
        if (place->path.length)
                text_puts(text, "<tr><td><a href=\"../\">../</a><td><td>\n");
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
