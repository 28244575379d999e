/* Numbers as people write and read them. Parsing is strict: the whole text or
 * nothing, no sign, no space, no overflow. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define NUMBER_TEXT_SIZE 32

/* Decimal digits only (RFC 9110's 1*DIGIT). 0, -EINVAL (not a number), or
 * -ERANGE (does not fit); *ret_value is untouched on failure. */
int number_parse(struct span text, uint64_t *ret_value) __attribute__((warn_unused_result));

/* A size in bytes with an optional unit: K, M, G, T (powers of 1024), with an
 * optional "iB" or "B" behind. Errors as number_parse. */
int number_parse_size(struct span text, uint64_t *ret_bytes) __attribute__((warn_unused_result));

/* A duration: ms, s (the default), m, h. Errors as number_parse. */
int number_parse_duration(struct span text, uint64_t *ret_ms) __attribute__((warn_unused_result));

/* "17 B", "4.0 KiB", "1.3 GiB". Returns buffer. */
const char *number_format_size(uint64_t bytes, char buffer[static NUMBER_TEXT_SIZE]);

/* "262,144". Returns buffer. */
const char *number_format_count(uint64_t value, char buffer[static NUMBER_TEXT_SIZE]);

/* Writes the decimal digits of value; returns how many. At most 20. No NUL. */
size_t number_write(uint64_t value, char *out);

static inline uint64_t number_least(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}
