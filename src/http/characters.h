/* Classes of bytes, by table: one load and one test a byte; or eight bytes at a time. */
#pragma once

#include <endian.h>
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

/* ---- Eight at a time, the first of them the lowest ---- */

#define CHARACTERS_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of each that is below n, which is at most 0x80: to take n away borrows
 * from it. What is above the lowest such bit may come of that borrow. */
static inline uint64_t characters_below(uint64_t eight, uint8_t n)
{
        return (eight - CHARACTERS_EACH(n)) & ~eight & CHARACTERS_EACH(0x80);
}

static inline uint64_t characters_equal(uint64_t eight, uint8_t byte)
{
        return characters_below(eight ^ CHARACTERS_EACH(byte), 1);
}

/* The high bit of the first that is not of the class, or is HTAB; 0: all are. Only
 * for the classes that take up most of a request. */
static inline uint64_t characters_outside(uint64_t eight, enum character_class class)
{
        if (class == CHARACTER_VALUE)
                return characters_below(eight, ' ') | characters_equal(eight, 0x7f);
        return characters_below(eight, '!') | characters_equal(eight, 0x7f) |
               characters_equal(eight, '#') | (eight & CHARACTERS_EACH(0x80));
}

/* Behind the bytes of the class at the start of [at, end). Always inline: who calls
 * knows the class, and what is not for it falls away. */
static inline __attribute__((always_inline)) const char *
characters_skip(const char *at, const char *end, enum character_class class)
{
        const bool by_eight = class == CHARACTER_VALUE || class == CHARACTER_TARGET;
        uint64_t eight, outside = 0;

        while (by_eight && !outside && (size_t)(end - at) >= sizeof(eight)) {
                memcpy(&eight, at, sizeof(eight));
                outside = characters_outside(le64toh(eight), class);
                at += outside ? (size_t)__builtin_ctzll(outside) / 8 : sizeof(eight);
        }
        while (at < end && character_is(*at, class))
                at++;
        return at;
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
