/* The Range field: byte ranges (RFC 9110 section 14). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct byte_range {
        uint64_t offset, length; /* bytes; within the file, length never 0 */
};

enum range_result {
        RANGE_IGNORED, /* not byte ranges, malformed, or too many: send the file whole */
        RANGE_SATISFIABLE,
        RANGE_UNSATISFIABLE, /* 416 */
};

/* value: the field's value. size: the file's, in bytes. SATISFIABLE sets
 * ret_ranges[0 .. *ret_count), 1 <= *ret_count <= capacity, in the order asked for,
 * cut to the file, those beyond its end left out; otherwise *ret_count is
 * untouched. More ranges than capacity: IGNORED. A suffix of an empty file is
 * satisfiable by the RFC, but no Content-Range can say so: IGNORED. */
enum range_result range_parse(struct span value, uint64_t size, struct byte_range *ret_ranges,
                              size_t capacity, size_t *ret_count)
        __attribute__((warn_unused_result));

/* What a part of a multipart answer costs beside its bytes, about. */
#define RANGE_HEAD_ABOUT 160

/* Joins ranges that overlap, or that lie not more than gap bytes apart (RFC 9110
 * 15.3.7.2). What was to be joined nowhere stays as it was; else the ranges come
 * out by offset. How many are left; none of those overlap. Not for more than
 * RANGE_JOIN_MAX. */
#define RANGE_JOIN_MAX 256
size_t range_join(struct byte_range *ranges, size_t count, uint64_t gap);
