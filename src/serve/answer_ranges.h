/* Several ranges of a file in one answer: multipart/byteranges (RFC 9110 14.6). */
#pragma once

#include "files/file.h"
#include "http/range.h"
#include "http/request.h"

struct exchange;

/* So many ranges may be asked for, and so many are sent when those that overlap
 * or nearly touch have been joined. More get the whole file, as RFC 9110 14.2
 * allows: a client that collects pieces is served, one that shreds is not. */
#define RANGES_ASKED_MAX RANGE_JOIN_MAX
#define RANGES_SENT_MAX 128

/* ranges: at least two. Their bytes go from the file to the socket like those of
 * a whole one; only what stands between them is written here. */
void answer_ranges(struct exchange *exchange, const struct http_request *request, struct file *file,
                   const struct byte_range *ranges, size_t count);
