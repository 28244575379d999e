#include "context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka.h needs those, and before it. */
#include <cmocka.h>

static char words[512];
static bool in_child;

void context_in_child(void)
{
        in_child = true;
}

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
        if (in_child)
                _exit(1);
        fail();
        abort();
}
