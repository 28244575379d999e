/* Writes a response head into the caller's buffer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "http/status.h"

struct head {
        char *data; /* borrowed */
        size_t capacity, length; /* bytes */
        bool overflow; /* latched: it did not fit, or a value held CR, LF or NUL. The head must
                          not be sent; nothing more is written */
};

/* The status line, "HTTP/1.1 200 OK\r\n". */
void head_start(struct head *head, char *buffer, size_t capacity, enum http_status status);
void head_field(struct head *head, struct span name, struct span value);
void head_number(struct head *head, struct span name, uint64_t value);
void head_date(struct head *head, struct span name, int64_t seconds);
/* Ready-made field lines, each with its CRLF; not looked at. */
void head_raw(struct head *head, struct span lines);
/* The empty line. */
void head_end(struct head *head);
