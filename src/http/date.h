/* HTTP dates (RFC 9110 section 5.6.7), in seconds since the epoch. Locale and
 * time zone of the process play no part. */
#pragma once

#include <stdint.h>

#include "base/span.h"

#define DATE_LENGTH 29

/* "Sun, 06 Nov 1994 08:49:37 GMT", no NUL. What the format cannot say is written
 * as the nearest it can: years 0000 to 9999. */
void date_write(int64_t seconds, char out[static DATE_LENGTH]);

/* Any of the three formats. A two-digit year is taken as in the past when it
 * would be more than 50 years after now. The name of the day need not be the right
 * one. 0 or -EINVAL; *ret_seconds is untouched on failure. */
int date_parse(struct span text, int64_t now, int64_t *ret_seconds)
        __attribute__((warn_unused_result));
