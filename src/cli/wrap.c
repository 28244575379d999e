#include "cli/wrap.h"

#include <string.h>

void wrap_print(FILE *out, const char *text, int column, int start, int width)
{
        if (column > start) {
                (void)fputc('\n', out);
                column = 0;
        }
        (void)fprintf(out, "%*s", start - column, "");
        column = start;
        while (*text) {
                int word = (int)strcspn(text, " ");
                if (column > start && width > 0 && column + 1 + word > width) {
                        (void)fprintf(out, "\n%*s", start, "");
                        column = start;
                }
                column += fprintf(out, "%s%.*s", column > start ? " " : "", word, text);
                text += word;
                text += strspn(text, " ");
        }
        (void)fputc('\n', out);
}
