/* A QR code (ISO/IEC 18004) for a terminal, by libqrencode, which --qrcode alone opens;
 * base/on_demand.h. */
#pragma once

#include <stdbool.h>

#include "base/text.h"

/* Before qr_code_write(), and before the sandbox is entered. Errors: -ELIBACC, in words in
 * ret_error, as on_demand_load() has it. */
int qr_code_load(const char **ret_error) __attribute__((warn_unused_result));

/* A row of half blocks for two rows of modules, with the quiet zone about them. colour: black on
 * white by ANSI's codes; else what is white is drawn, for a dark terminal. Errors: -E2BIG (it
 * would be wider than width columns; 0 is any width), -ERANGE (no code holds so much), -ENOMEM. */
int qr_code_write(struct text *text, const char *content, bool colour, int width)
        __attribute__((warn_unused_result));
