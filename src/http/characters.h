/* Classes of bytes, by table: one load and one test a byte. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum character_class {
        CHARACTER_TOKEN = 1, /* tchar, RFC 9110 5.6.2 */
        CHARACTER_VALUE = 2, /* in a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 5.5) */
        CHARACTER_TARGET = 4, /* in a request target: VCHAR without '#' */
        CHARACTER_HOST = 8, /* reg-name, RFC 3986 3.2.2, with its '%' */
        CHARACTER_PATH = 16, /* left as it is by escape_uri_path */
        CHARACTER_ETAG = 32, /* etagc, RFC 9110 8.8.3 */
};

extern const uint8_t character_classes[256];

static inline bool character_is(char byte, enum character_class class)
{
        return character_classes[(unsigned char)byte] & class;
}

/* Every byte of it; false for none. */
static inline bool character_is_all(struct span text, enum character_class class)
{
        for (size_t i = 0; i < text.length; i++)
                if (!character_is(text.data[i], class))
                        return false;
        return text.length > 0;
}

/* SP / HTAB: the white space of RFC 9110 5.6.3. */
static inline bool character_is_space(char byte)
{
        return byte == ' ' || byte == '\t';
}

/* 0 to 15, or -1. */
static inline int character_hex(char byte)
{
        if (byte >= '0' && byte <= '9')
                return byte - '0';
        char lower = (char)(byte | 0x20);
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
