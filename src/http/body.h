/* Finds where a request's body ends, to drop it (RFC 9112 sections 6 and 7.1).
 * Nothing is done with a body here; but the next request stands behind it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/request.h"

#define BODY_DROP_MAX 65536 /* bytes of a body, chunk lines and trailers counted in */

enum body_state {
        BODY_NONE, /* no body, or its end was reached */
        BODY_COUNTED, /* so many bytes are left */
        BODY_CHUNK_SIZE,
        BODY_CHUNK_SIZE_SPACE,
        BODY_CHUNK_EXTENSION,
        BODY_CHUNK_SIZE_LF,
        BODY_CHUNK_DATA,
        BODY_CHUNK_CR,
        BODY_CHUNK_LF,
        BODY_TRAILER_BEGIN,
        BODY_TRAILER_NAME,
        BODY_TRAILER,
        BODY_TRAILER_LF,
        BODY_END_LF,
};

struct body_drop {
        uint32_t left; /* of the body, or of the chunk */
        uint32_t allowed; /* so many bytes more may come */
        enum body_state state : 8;
        uint8_t digits; /* of the chunk's size */
};

enum body_result {
        BODY_MORE, /* all of data was body */
        BODY_END,
        BODY_REFUSED, /* malformed or too long: where it ends is not known */
};

/* Whether it is worth a try: not longer than BODY_DROP_MAX as far as it is known,
 * and sure to come. After an Expect the client may or may not send it (RFC 9110
 * 10.1.1). */
bool body_can_be_dropped(const struct http_request *request);

/* request: one with a body that can be dropped. */
void body_drop_begin(struct body_drop *drop, const struct http_request *request);

/* Takes what belongs to the body off the start of data: *ret_taken bytes. Not to
 * be called again after END or REFUSED. */
enum body_result body_drop(struct body_drop *drop, const char *data, size_t length,
                           size_t *ret_taken) __attribute__((warn_unused_result));
