/* What the log keeps of a request until it is answered, for then the request's own bytes
 * may be gone. */
#pragma once

#include "base/text.h"
#include "http/escape.h"
#include "http/request.h"

/* What is known of a request when it is answered. */
struct log_subject {
        const struct http_request *request; /* NULL: nothing was understood */
        struct span user; /* .data NULL: nobody has logged in */
        const char *reason; /* why it is refused; NULL: it is a good one */
        struct span line; /* of one that is refused: the first, as it came */
};

/* The user and a NUL, then the first line. */
void log_subject_keep_line(struct text *kept, const struct log_subject *subject);
/* The same, and behind a NUL what stands at the end of the log's line. */
void log_subject_keep_combined(struct text *kept, const struct log_subject *subject);
/* Members of an object, a comma before each. */
void log_subject_keep_json(struct text *kept, const struct log_subject *subject);

/* The first line of what came and was no request, or as much of it as is logged. */
struct span log_subject_first_line(struct span received);

typedef size_t escape_function(struct span text, char *out, size_t capacity);

/* At most so many bytes of value; each may become six. */
void log_subject_keep_escaped(struct text *kept, struct span value, size_t most,
                              escape_function *escape);
