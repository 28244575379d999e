#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAPACITY 1024

void text_done(struct text *text)
{
        free(text->data);
        *text = (struct text){0};
}

char *text_room(struct text *text, size_t length)
{
        size_t needed;
        if (text->failed || __builtin_add_overflow(text->length, length, &needed))
                return NULL;
        if (needed <= text->capacity)
                return text->data + text->length;

        size_t capacity = text->capacity ? text->capacity : FIRST_CAPACITY;
        while (capacity < needed)
                capacity *= 2;
        char *data = realloc(text->data, capacity);
        if (!data) {
                text->failed = true;
                return NULL;
        }
        text->data = data;
        text->capacity = capacity;
        return data + text->length;
}

void text_append(struct text *text, struct span bytes)
{
        char *room = text_room(text, bytes.length);
        if (!room || bytes.length == 0)
                return;
        memcpy(room, bytes.data, bytes.length);
        text->length += bytes.length;
}

void text_puts(struct text *text, const char *string)
{
        text_append(text, span_of(string));
}

void text_printf(struct text *text, const char *format, ...)
{
        va_list arguments, again;
        va_start(arguments, format);
        va_copy(again, arguments);
        int length = vsnprintf(NULL, 0, format, arguments);
        va_end(arguments);

        /* One more for the NUL that vsnprintf() insists on. */
        char *room = length < 0 ? NULL : text_room(text, (size_t)length + 1);
        if (room) {
                (void)vsnprintf(room, (size_t)length + 1, format, again);
                text->length += (size_t)length;
        }
        va_end(again);
}
