/* Text that grows. An allocation that fails is remembered and the text stays as
 * it was: append freely, ask once at the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct text {
        char *data; /* heap; not NUL-terminated; NULL while empty */
        size_t length;
        size_t capacity;
        bool failed; /* out of memory: something is missing */
};

void text_done(struct text *text);

/* Room for length more bytes behind the end, to be filled by the caller, who
 * then moves length on. NULL when there is none. */
char *text_room(struct text *text, size_t length);

void text_append(struct text *text, struct span bytes);
void text_puts(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
