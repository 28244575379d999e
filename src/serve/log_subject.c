#include "serve/log_subject.h"

#include <string.h>

/* Of what is longer, so much is logged. */
#define TARGET_MAX 1024
#define FIELD_MAX 512
#define METHOD_MAX 32
#define LINE_MAX_LENGTH 200 /* of what is no request */

void log_subject_keep_escaped(struct text *kept, struct span value, size_t most,
                              escape_function *escape)
{
        if (value.length > most)
                value.length = most;
        /* Each byte becomes six at most. */
        char *room = text_room(kept, 6 * value.length + 1);
        if (room)
                kept->length += escape(value, room, 6 * value.length + 1);
}

static const char *version_name(const struct http_request *request)
{
        if (request->major_version == 2)
                return "HTTP/2.0";
        return request->minor_version ? "HTTP/1.1" : "HTTP/1.0";
}

/* Behind it a NUL, as behind each part of what is kept but the last. A blank would end the
 * field, where readers of the log look for the next. */
static void keep_user(struct text *kept, struct span user)
{
        if (!user.data)
                text_puts(kept, "-");
        else if (user.length == 0)
                text_puts(kept, "\"\"");
        while (user.data && user.length > 0) {
                const char *blank = memchr(user.data, ' ', user.length);
                size_t length = blank ? (size_t)(blank - user.data) : user.length;
                log_subject_keep_escaped(kept, (struct span){user.data, length}, length,
                                         escape_log);
                if (blank)
                        text_puts(kept, "\\x20");
                length += blank != NULL;
                user = (struct span){user.data + length, user.length - length};
        }
        text_append(kept, (struct span){"", 1});
}

void log_subject_keep_line(struct text *kept, const struct log_subject *subject)
{
        const struct http_request *request = subject->request;

        keep_user(kept, subject->user);
        if (subject->line.length > 0) {
                log_subject_keep_escaped(kept, subject->line, LINE_MAX_LENGTH, escape_log);
                return;
        }
        if (!request || !request->target.data) {
                text_puts(kept, "-");
                return;
        }
        log_subject_keep_escaped(kept, request->method_token, METHOD_MAX, escape_log);
        text_puts(kept, " ");
        log_subject_keep_escaped(kept, request->target, TARGET_MAX, escape_log);
        if (subject->reason)
                return;
        text_puts(kept, " ");
        text_puts(kept, version_name(request));
}

static void keep_field(struct text *kept, const struct log_subject *subject,
                       enum request_field field)
{
        struct span value = {0};
        if (subject->request && !subject->reason)
                value = subject->request->known[field];
        text_puts(kept, " \"");
        if (value.data)
                log_subject_keep_escaped(kept, value, FIELD_MAX, escape_log);
        else
                text_puts(kept, "-");
        text_puts(kept, "\"");
}

void log_subject_keep_combined(struct text *kept, const struct log_subject *subject)
{
        log_subject_keep_line(kept, subject);
        text_append(kept, (struct span){"", 1});
        keep_field(kept, subject, REQUEST_REFERER);
        keep_field(kept, subject, REQUEST_USER_AGENT);
}

static void keep_member(struct text *kept, const char *name, struct span value, size_t most)
{
        if (!value.data)
                return;
        text_puts(kept, ",\"");
        text_puts(kept, name);
        text_puts(kept, "\":\"");
        log_subject_keep_escaped(kept, value, most, escape_json);
        text_puts(kept, "\"");
}

void log_subject_keep_json(struct text *kept, const struct log_subject *subject)
{
        const struct http_request *request = subject->request;

        keep_member(kept, "user", subject->user, subject->user.length);
        if (request && request->target.data) {
                keep_member(kept, "method", request->method_token, METHOD_MAX);
                keep_member(kept, "target", request->target, TARGET_MAX);
        } else {
                keep_member(kept, "line", subject->line, LINE_MAX_LENGTH);
        }
        if (subject->reason)
                keep_member(kept, "reason", span_of(subject->reason), FIELD_MAX);
        if (subject->reason || !request)
                return;
        text_puts(kept, ",\"protocol\":\"");
        text_puts(kept, version_name(request));
        text_puts(kept, "\"");
        keep_member(kept, "host", request->authority, FIELD_MAX);
        keep_member(kept, "referer", request->known[REQUEST_REFERER], FIELD_MAX);
        keep_member(kept, "user_agent", request->known[REQUEST_USER_AGENT], FIELD_MAX);
}

struct span log_subject_first_line(struct span received)
{
        if (!received.data)
                return received;
        const char *end = memchr(received.data, '\n', received.length);
        size_t length = end ? (size_t)(end - received.data) : received.length;

        if (length > 0 && received.data[length - 1] == '\r')
                length--;
        return (struct span){received.data, length < LINE_MAX_LENGTH ? length : LINE_MAX_LENGTH};
}
