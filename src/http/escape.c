#include "http/escape.h"

#include <stdbool.h>

#include "http/characters.h"

/* Where escaped text goes. Once a piece did not fit nothing more is written, so that
 * no later, shorter piece lands in a gap. */
struct output {
        char *data;
        size_t capacity, length, needed;
        bool full;
};

static void put(struct output *output, const char *piece, size_t length)
{
        output->needed += length;
        if (output->full || output->capacity - output->length <= length) {
                output->full = true;
                return;
        }
        memcpy(output->data + output->length, piece, length);
        output->length += length;
}

static size_t output_end(struct output *output)
{
        if (output->capacity > 0)
                output->data[output->length] = '\0';
        return output->needed;
}

static const char *html_entity(char byte)
{
        switch (byte) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        default:
                return NULL;
        }
}

size_t escape_html(struct span text, char *out, size_t capacity)
{
        struct output output = {.data = out, .capacity = capacity};

        for (size_t i = 0; i < text.length; i++) {
                const char *entity = html_entity(text.data[i]);
                if (entity)
                        put(&output, entity, strlen(entity));
                else
                        put(&output, &text.data[i], 1);
        }
        return output_end(&output);
}

/* prefix, then the byte as two hexadecimal digits. */
static void put_hex(struct output *output, struct span prefix, char byte)
{
        static const char digits[] = "0123456789ABCDEF";
        char piece[8];

        memcpy(piece, prefix.data, prefix.length);
        piece[prefix.length] = digits[(unsigned char)byte >> 4];
        piece[prefix.length + 1] = digits[(unsigned char)byte & 15];
        put(output, piece, prefix.length + 2);
}

size_t escape_uri_path(struct span path, char *out, size_t capacity)
{
        struct output output = {.data = out, .capacity = capacity};

        for (size_t i = 0; i < path.length; i++)
                if (character_is(path.data[i], CHARACTER_PATH))
                        put(&output, &path.data[i], 1);
                else
                        put_hex(&output, SPAN_LITERAL("%"), path.data[i]);
        return output_end(&output);
}

/* Printable ASCII as it is, the rest, and what a quoted string takes for its own, in
 * hexadecimal digits behind prefix. */
static size_t escape_quoted(struct span text, struct span prefix, char *out, size_t capacity)
{
        struct output output = {.data = out, .capacity = capacity};

        for (size_t i = 0; i < text.length; i++) {
                char byte = text.data[i];
                if (byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\')
                        put(&output, &text.data[i], 1);
                else
                        put_hex(&output, prefix, byte);
        }
        return output_end(&output);
}

size_t escape_log(struct span text, char *out, size_t capacity)
{
        return escape_quoted(text, SPAN_LITERAL("\\x"), out, capacity);
}

size_t escape_json(struct span text, char *out, size_t capacity)
{
        return escape_quoted(text, SPAN_LITERAL("\\u00"), out, capacity);
}

/* How long the UTF-8 character at the start is; 0: none is. Only what RFC 3629
 * allows: nothing overlong, no surrogate, nothing beyond U+10FFFF. */
static size_t utf8_length(const unsigned char *bytes, size_t length)
{
        unsigned char first = bytes[0], lower = 0x80, upper = 0xbf;
        size_t needed = first < 0x80   ? 1
                        : first < 0xc2 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                                       : 4;

        if (needed == 0 || first > 0xf4 || needed > length)
                return 0;
        if (first == 0xe0)
                lower = 0xa0;
        else if (first == 0xf0)
                lower = 0x90;
        if (first == 0xed)
                upper = 0x9f;
        else if (first == 0xf4)
                upper = 0x8f;
        for (size_t i = 1; i < needed; i++, lower = 0x80, upper = 0xbf)
                if (bytes[i] < lower || bytes[i] > upper)
                        return 0;
        return needed;
}

size_t escape_json_utf8(struct span text, char *out, size_t capacity)
{
        static const char digits[] = "0123456789abcdef";
        struct output output = {.data = out, .capacity = capacity};

        for (size_t i = 0; i < text.length;) {
                const unsigned char *at = (const unsigned char *)text.data + i;
                size_t length = utf8_length(at, text.length - i);
                const char escaped[] = {'\\', 'u', '0', '0', digits[*at >> 4], digits[*at & 15]};
                if (length == 0)
                        put(&output, "\xef\xbf\xbd", 3);
                else if (*at == '"' || *at == '\\' || *at < 0x20 || *at == 0x7f)
                        put(&output, escaped, sizeof(escaped));
                else
                        put(&output, text.data + i, length);
                i += length ? length : 1;
        }
        return output_end(&output);
}
