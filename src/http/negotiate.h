/* Which of several forms of the same thing a client would rather have: the
 * Accept-Encoding field (RFC 9110 sections 12.4.2 and 12.5.3). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "http/request.h"

/* 2 bits each; in the order in which they are taken where a client does not care. */
enum content_coding {
        CODING_IDENTITY,
        CODING_BROTLI,
        CODING_ZSTD,
        CODING_GZIP,
        CODING_COUNT,
};

/* The codings that are welcome, the best in the lowest 2 bits, then the next, up
 * to CODING_IDENTITY: whatever is behind that is worse than the file as it is.
 * 0: nothing but that is wanted. One small number, so that it can be a key. */
typedef uint8_t coding_order;

/* Takes the best off *order; CODING_IDENTITY when there is none left. */
static inline enum content_coding coding_order_next(coding_order *order)
{
        enum content_coding coding = *order & 3;
        *order >>= 2;
        return coding;
}

/* Reads all of the request's Accept-Encoding lines. Elements that are malformed
 * or unknown are passed over. A coding named twice: the last one counts. A client
 * that refuses "identity" too is sent the file as it is, where nothing else is. */
coding_order negotiate_codings(const struct http_request *request);

/* How a coding is called in Content-Encoding; static. */
const char *coding_name(enum content_coding coding);

/* What a file coded so ends in: ".br"; static. "" for CODING_IDENTITY. */
const char *coding_suffix(enum content_coding coding);

/* A weight, "q=0.5", in thousandths: 0 to 1000. False: malformed. */
bool negotiate_weight(struct span text, unsigned *ret_thousandths);

/* Whether the request's Accept lines name the media type, as "type/subtype" and in
 * no more than those words: a range like "text/" with a star after it is no wish. */
bool negotiate_names_type(const struct http_request *request, struct span type);
