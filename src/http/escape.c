#include "http/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

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

/* The character that is so long. */
static uint32_t utf8_decode(const unsigned char *bytes, size_t length)
{
        uint32_t character = length == 1 ? bytes[0] : bytes[0] & (0x7fU >> length);
        for (size_t i = 1; i < length; i++)
                character = character << 6 | (bytes[i] & 0x3f);
        return character;
}

/* Of what Unicode does not show, that which can deceive: not the joiners (U+200C, U+200D),
 * which scripts and emoji need. */
static bool is_unseen(uint32_t character)
{
        static const uint32_t ranges[][2] = {
                {0x0, 0x1f},      {0x7f, 0x9f},     {0xad, 0xad},
                {0x61c, 0x61c},   {0x200b, 0x200b}, {0x200e, 0x200f},
                {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
        };
        for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
                if (character >= ranges[i][0] && character <= ranges[i][1])
                        return true;
        return false;
}

static void put_named(struct output *output, const char *format, unsigned number)
{
        char piece[16];
        int length = snprintf(piece, sizeof(piece), format, number);
        put(output, piece, (size_t)length);
}

size_t escape_html_visible(struct span text, char *out, size_t capacity)
{
        struct output output = {.data = out, .capacity = capacity};

        for (size_t i = 0; i < text.length;) {
                const unsigned char *at = (const unsigned char *)text.data + i;
                size_t length = utf8_length(at, text.length - i);
                const char *entity = html_entity(text.data[i]);
                if (length == 0)
                        put_named(&output, "[0x%02X]", *at);
                else if (entity)
                        put(&output, entity, strlen(entity));
                else if (is_unseen(utf8_decode(at, length)))
                        put_named(&output, "[U+%04X]", utf8_decode(at, length));
                else
                        put(&output, text.data + i, length);
                i += length ? length : 1;
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

size_t escape_log(struct span text, char *out, size_t capacity)
{
        struct output output = {.data = out, .capacity = capacity};

        for (size_t i = 0; i < text.length; i++) {
                char byte = text.data[i];
                if (byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\')
                        put(&output, &text.data[i], 1);
                else
                        put_hex(&output, SPAN_LITERAL("\\x"), byte);
        }
        return output_end(&output);
}

/* Of the bytes of a character, those that JSON or a terminal takes for its own. */
static bool is_for_machines(const unsigned char *bytes)
{
        return bytes[0] == '"' || bytes[0] == '\\' || bytes[0] < 0x20 || bytes[0] == 0x7f ||
               (bytes[0] == 0xc2 && bytes[1] < 0xa0);
}

/* other: writes a byte that is not UTF-8. */
static size_t escape_string(struct span text, void (*other)(struct output *output, char byte),
                            char *out, size_t capacity)
{
        struct output output = {.data = out, .capacity = capacity};

        for (size_t i = 0; i < text.length;) {
                const unsigned char *at = (const unsigned char *)text.data + i;
                size_t length = utf8_length(at, text.length - i);
                if (length == 0)
                        other(&output, text.data[i]);
                else if (is_for_machines(at))
                        /* That of two bytes has its number in the second. */
                        put_hex(&output, SPAN_LITERAL("\\u00"), text.data[i + length - 1]);
                else
                        put(&output, text.data + i, length);
                i += length ? length : 1;
        }
        return output_end(&output);
}

static void put_byte(struct output *output, char byte)
{
        put_hex(output, SPAN_LITERAL("\\\\x"), byte);
}

size_t escape_json(struct span text, char *out, size_t capacity)
{
        return escape_string(text, put_byte, out, capacity);
}

static void put_replacement(struct output *output, char byte)
{
        (void)byte;
        put(output, "\xef\xbf\xbd", 3);
}

size_t escape_json_utf8(struct span text, char *out, size_t capacity)
{
        return escape_string(text, put_replacement, out, capacity);
}
