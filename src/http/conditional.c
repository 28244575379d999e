#include "http/conditional.h"

#include "http/characters.h"
#include "http/date.h"
#include "http/list.h"

/* A date is a strong validator only if the file did not change twice within its
 * second (RFC 9110 8.8.2.2); one second more, as the two clocks may differ by a tick. */
#define STRONG_DATE_AGE_S 2

/* The entity-tag at the start of text with its W/ and quotes; 0: there is none. */
static size_t etag_length(struct span text)
{
        size_t i = text.length >= 2 && memcmp(text.data, "W/", 2) == 0 ? 2 : 0;

        if (i >= text.length || text.data[i] != '"')
                return 0;
        i++;
        while (i < text.length && character_is(text.data[i], CHARACTER_ETAG))
                i++;
        return i < text.length && text.data[i] == '"' ? i + 1 : 0;
}

static bool etag_is_weak(struct span etag)
{
        return etag.data[0] == 'W';
}

static struct span etag_opaque(struct span etag)
{
        return etag_is_weak(etag) ? (struct span){etag.data + 2, etag.length - 2} : etag;
}

/* RFC 9110 8.8.3.2. */
static bool etag_match(struct span a, struct span b, bool strong)
{
        if (!a.data || !b.data || (strong && (etag_is_weak(a) || etag_is_weak(b))))
                return false;
        return span_equal(etag_opaque(a), etag_opaque(b));
}

/* One field line: "*" or a list of entity-tags. A list that is broken off by
 * something else counts up to there. */
static bool etag_line_matches(struct span line, struct span etag, bool strong)
{
        if (span_equal(line, SPAN_LITERAL("*")))
                return true;
        while (line.length > 0) {
                if (line.data[0] == ',' || character_is_space(line.data[0])) {
                        line.data++;
                        line.length--;
                        continue;
                }
                size_t length = etag_length(line);
                if (length == 0)
                        return false;
                if (etag_match((struct span){line.data, length}, etag, strong))
                        return true;
                line.data += length;
                line.length -= length;
        }
        return false;
}

static bool etag_list_matches(const struct http_request *request, enum request_field field,
                              struct span etag, bool strong)
{
        for (size_t i = 0; i < request->field_count; i++)
                if (request->fields[i].known == field &&
                    etag_line_matches(request->fields[i].value, etag, strong))
                        return true;
        return false;
}

/* A field that may be sent once; twice, it means nothing. */
static bool is_single(const struct http_request *request, enum request_field field)
{
        size_t lines = 0;
        for (size_t i = 0; i < request->field_count; i++)
                lines += request->fields[i].known == field;
        return lines == 1;
}

static bool read_date(const struct http_request *request, enum request_field field, int64_t now,
                      int64_t *ret_date)
{
        return request->known[field].data && is_single(request, field) &&
               date_parse(request->known[field], now, ret_date) == 0;
}

enum http_status conditional_evaluate(const struct http_request *request,
                                      const struct validators *validators, int64_t now)
{
        bool reads = request->method == HTTP_GET || request->method == HTTP_HEAD;
        bool has_date = validators->modified != MODIFIED_UNKNOWN;
        int64_t date = 0;

        /* 13.2.1: methods that select no representation have no preconditions. */
        if (request->method == HTTP_OPTIONS || request->method == HTTP_TRACE ||
            request->method == HTTP_CONNECT)
                return HTTP_OK;

        if (request->known[REQUEST_IF_MATCH].data) {
                if (!etag_list_matches(request, REQUEST_IF_MATCH, validators->etag, true))
                        return HTTP_PRECONDITION_FAILED;
        } else if (has_date && read_date(request, REQUEST_IF_UNMODIFIED_SINCE, now, &date)) {
                if (validators->modified > date)
                        return HTTP_PRECONDITION_FAILED;
        }

        if (request->known[REQUEST_IF_NONE_MATCH].data) {
                if (etag_list_matches(request, REQUEST_IF_NONE_MATCH, validators->etag, false))
                        return reads ? HTTP_NOT_MODIFIED : HTTP_PRECONDITION_FAILED;
        } else if (reads && has_date && read_date(request, REQUEST_IF_MODIFIED_SINCE, now, &date)) {
                if (validators->modified <= date)
                        return HTTP_NOT_MODIFIED;
        }
        return HTTP_OK;
}

bool conditional_range_applies(const struct http_request *request,
                               const struct validators *validators, int64_t now)
{
        struct span value = request->known[REQUEST_IF_RANGE];
        int64_t date;

        /* It is no list: two lines are no range (RFC 9110 5.3), and 14.2 lets us ignore what is
         * none. */
        if (request->known[REQUEST_RANGE].data && !is_single(request, REQUEST_RANGE))
                return false;
        if (!value.data)
                return true;
        if (!is_single(request, REQUEST_IF_RANGE))
                return false;
        size_t length = etag_length(value);
        if (length > 0)
                return length == value.length && etag_match(value, validators->etag, true);
        return date_parse(value, now, &date) == 0 && date == validators->modified &&
               now >= STRONG_DATE_AGE_S && date <= now - STRONG_DATE_AGE_S;
}
