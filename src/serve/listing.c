#include "serve/listing.h"

#include <time.h>

#include "http/escape.h"
#include "http/negotiate.h"
#include "http/query.h"

struct listing_wish listing_wish_of(const struct http_request *request, struct span query)
{
        struct span sort = query_value(query, SPAN_LITERAL("sort"));
        struct span order = query_value(query, SPAN_LITERAL("order"));
        struct listing_wish wish = {
                .descending = span_equal(order, SPAN_LITERAL("desc")),
                .json = query_value(query, SPAN_LITERAL("json")).data != NULL ||
                        negotiate_names_type(request, SPAN_LITERAL("application/json")),
        };

        if (span_equal(sort, SPAN_LITERAL("size")))
                wish.order = DIRECTORY_BY_SIZE;
        else if (span_equal(sort, SPAN_LITERAL("modified")))
                wish.order = DIRECTORY_BY_MODIFIED;
        return wish;
}

static void append(struct text *text, struct span value,
                   size_t (*escape)(struct span text, char *out, size_t capacity))
{
        /* A byte becomes six at most. */
        size_t size = 6 * value.length + 1;
        char *room = text_room(text, size);
        if (room)
                text->length += escape(value, room, size);
}

static void append_entry(struct text *text, const struct directory_entry *entry)
{
        char modified[32] = "";
        struct tm utc;

        if (!entry->undated && gmtime_r(&entry->modified, &utc))
                (void)strftime(modified, sizeof(modified), "%Y-%m-%dT%H:%M:%SZ", &utc);
        text_puts(text, "{\"name\":\"");
        append(text, span_of(entry->name), escape_json_utf8);
        /* A name may be any bytes, of which JSON can say only what is UTF-8. "./" so that
         * one with a colon is no scheme. */
        text_puts(text, "\",\"href\":\"./");
        append(text, span_of(entry->name), escape_uri_path);
        text_printf(text, "%s\",\"type\":\"%s\"", entry->is_directory ? "/" : "",
                    entry->is_directory ? "directory" : "file");
        if (!entry->is_directory)
                text_printf(text, ",\"size\":%ju", (uintmax_t)entry->size);
        text_printf(text, ",\"modified\":\"%s\"}", modified);
}

static void write_json(struct text *text, struct span path, const struct directory *directory,
                       size_t bytes_max)
{
        text_puts(text, "{\"path\":\"/");
        append(text, path, escape_json_utf8);
        text_printf(text, "%s\",\"entries\":[", path.length ? "/" : "");
        size_t i = 0;
        for (; i < directory->count && text->length < bytes_max; i++) {
                text_puts(text, i > 0 ? ",\n" : "\n");
                append_entry(text, &directory->entries[i]);
        }
        bool truncated = directory->truncated || i < directory->count;
        text_printf(text, "\n],\"truncated\":%s}\n", truncated ? "true" : "false");
}

void listing_write(struct text *text, const struct listing_place *place,
                   const struct directory *directory, const struct listing_wish *wish,
                   size_t bytes_max)
{
        directory_sort(directory, wish->order, wish->descending);
        if (wish->json)
                write_json(text, place->path, directory, bytes_max);
        else
                listing_page_write(text, place, directory, wish, bytes_max);
}
