#include "serve/qr_code.h"

#include <errno.h>

#include <qrencode.h>

#include "base/on_demand.h"

#define QUIET_ZONE 4 /* modules, by the standard */
#define INDENT 2 /* columns */

ON_DEMAND_NOTE(qrencode, SONAME_QRENCODE, "qrcode", "--qrcode");
ON_DEMAND_FUNCTION(QRcode *, QRcode_encodeString8bit,
                   (const char *string, int version, QRecLevel level), (string, version, level))
ON_DEMAND_PROCEDURE(QRcode_free, (QRcode * qrcode), (qrcode))

int qr_code_load(const char **ret_error)
{
        static const struct on_demand_symbol symbols[] = {
                ON_DEMAND_SYMBOL(QRcode_encodeString8bit),
                ON_DEMAND_SYMBOL(QRcode_free),
        };
        static struct on_demand library = ON_DEMAND_LIBRARY(SONAME_QRENCODE, symbols);
        return on_demand_load(&library, ret_error);
}

static bool is_black(const QRcode *code, int row, int column)
{
        return row >= 0 && row < code->width && column >= 0 && column < code->width &&
               code->data[row * code->width + column] & 1;
}

int qr_code_write(struct text *text, const char *content, bool colour, int width)
{
        /* By whether the upper and the lower half are drawn. */
        static const char *const halves[2][2] = {{" ", "\u2584"}, {"\u2580", "\u2588"}};
        QRcode *code = QRcode_encodeString8bit(content, 0, QR_ECLEVEL_L);
        if (!code)
                return -errno;
        if (width > 0 && code->width + 2 * QUIET_ZONE + INDENT > width) {
                QRcode_free(code);
                return -E2BIG;
        }
        const int end = code->width + QUIET_ZONE;
        for (int row = -QUIET_ZONE; row < end; row += 2) {
                text_puts(text, colour ? "  \033[30;107m" : "  ");
                for (int column = -QUIET_ZONE; column < end; column++) {
                        bool upper = is_black(code, row, column) == colour;
                        bool lower = is_black(code, row + 1, column) == colour;
                        /* What lies below the last row is no part of it. */
                        if (row + 1 >= end)
                                lower = false;
                        text_puts(text, halves[upper][lower]);
                }
                text_puts(text, colour ? "\033[0m\n" : "\n");
        }
        QRcode_free(code);
        return text->failed ? -ENOMEM : 0;
}
