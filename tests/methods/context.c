#include "context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka.h needs those, and before it. */
#include <cmocka.h>

static char words[512];

void context_set(const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(words, sizeof(words), format, arguments);
        va_end(arguments);
}

void context_fail(const char *file, int line, const char *format, ...)
{
        char why[512];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(why, sizeof(why), format, arguments);
        va_end(arguments);
        print_error("%s:%d: [%s] %s\n", file, line, words, why);
        fail();
        abort();
}
