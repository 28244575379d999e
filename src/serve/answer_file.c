/* A file, or what its conditions and ranges make of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "http/conditional.h"
#include "http/range.h"
#include "serve/answer.h"
#include "serve/answer_ranges.h"
#include "serve/exchange.h"
#include "serve/reply.h"
#include "serve/request_log.h"

#define STATUS_LINE_LENGTH (sizeof("HTTP/1.1 200 OK\r\n") - 1)

/* Last-Modified is never later than Date (RFC 9110 8.8.2.1). */
static int64_t modified_s(const struct file *file, int64_t now_s)
{
        int64_t modified = file->modified.tv_sec;
        return modified < now_s ? modified : now_s;
}

/* Makes the fields of the file's heads, once. False: no memory. */
static bool prepare_fields(struct file *file, const struct site *site, int64_t now_s)
{
        if (file->fields)
                return true;
        struct head head = {.data = malloc(site->head_room), .capacity = site->head_room};
        struct span cache_control = site_fields_cache_control(site->options, file->name);

        if (!head.data)
                return false;
        head_date(&head, SPAN_LITERAL("Last-Modified"), modified_s(file, now_s));
        head_field(&head, SPAN_LITERAL("ETag"), (struct span){file->etag, file->etag_length});
        if (file->varies)
                head_raw(&head, SPAN_LITERAL("Vary: Accept-Encoding\r\n"));
        if (cache_control.data)
                head_field(&head, SPAN_LITERAL("Cache-Control"), cache_control);
        file->validators_length = head.length;
        head_field(&head, SPAN_LITERAL("Content-Type"), file->type);
        if (file->coding)
                head_field(&head, SPAN_LITERAL("Content-Encoding"), span_of(file->coding));
        if (site->disposition.length)
                head_raw(&head, (struct span){site->disposition.data, site->disposition.length});
        head_raw(&head, SPAN_LITERAL("Accept-Ranges: bytes\r\n"
                                     "X-Content-Type-Options: nosniff\r\n"));
        file->description_length = head.length;
        head_number(&head, SPAN_LITERAL("Content-Length"), file->size);
        file->fields_length = head.length;
        if (head.overflow) {
                free(head.data);
                return false;
        }
        file->fields = realloc(head.data, head.length);
        if (!file->fields)
                file->fields = head.data;
        return true;
}

static void answer_not_modified(struct exchange *exchange, const struct http_request *request,
                                const struct file *file)
{
        struct response *response = reply_begin(exchange, request, HTTP_NOT_MODIFIED);
        if (!response)
                return;
        head_raw(&response->head, (struct span){file->fields, file->validators_length});
        reply_end(exchange, request, response);
}

static void answer_unsatisfiable(struct exchange *exchange, const struct http_request *request,
                                 const struct file *file)
{
        struct response *response = reply_begin(exchange, request, HTTP_RANGE_NOT_SATISFIABLE);
        char size[48];
        if (!response)
                return;
        (void)snprintf(size, sizeof(size), "bytes */%ju", (uintmax_t)file->size);
        reply_field(response, "Content-Range", size);
        reply_end_with_reason(exchange, request, response, "The file is shorter than that.");
}

/* "bytes 0-99/1000". snprintf(3) took a tenth of what a range costs outside the
 * kernel. Returns the length. */
static size_t write_content_range(char *out, const struct byte_range *range, uint64_t size)
{
        char *end = mempcpy(out, "bytes ", sizeof("bytes ") - 1);
        end += number_write(range->offset, end);
        *end++ = '-';
        end += number_write(range->offset + range->length - 1, end);
        *end++ = '/';
        end += number_write(size, end);
        return (size_t)(end - out);
}

static void answer_part(struct exchange *exchange, const struct http_request *request,
                        struct file *file, const struct byte_range *range)
{
        struct response *response = reply_begin(exchange, request, HTTP_PARTIAL_CONTENT);
        char text[80];
        if (!response)
                return;
        response->file = file_ref(file);
        size_t length = write_content_range(text, range, file->size);
        head_raw(&response->head, (struct span){file->fields, file->description_length});
        head_field(&response->head, SPAN_LITERAL("Content-Range"), (struct span){text, length});
        head_number(&response->head, SPAN_LITERAL("Content-Length"), range->length);
        reply_end(exchange, request, response);
        response_add_file(response, range->offset, range->length);
}

/* The head of a 200 that leaves the connection open, right before the body: the
 * two then go out as one run of bytes, and only the Date is ever written again. */
static void prepare_head(struct file *file, const struct site *site, const struct worker *worker)
{
        if (file->head_length == 0) {
                /* At the start of its room; then moved to where the body begins. */
                struct head head;
                head_start(&head, file->body - file->head_room, file->head_room, HTTP_OK);
                head_raw(&head, (struct span){worker->date_line, worker->date_length});
                reply_site_fields(&head, site);
                head_raw(&head, (struct span){file->fields, file->fields_length});
                head_end(&head);
                if (head.overflow)
                        return;
                memmove(file->body - head.length, head.data, head.length);
                file->head_length = head.length;
        } else if (file->head_date != worker->now_s) {
                memcpy(file->body - file->head_length + STATUS_LINE_LENGTH, worker->date_line,
                       worker->date_length);
        }
        file->head_date = worker->now_s;
}

/* The common case: GET, HTTP/1.1, nothing special asked for, body in memory. */
static bool answer_ready(struct exchange *exchange, const struct http_request *request,
                         struct file *file)
{
        struct worker *worker = exchange->worker;
        if (!file->body || request->method != HTTP_GET || request->minor_version == 0 ||
            !request->keep_alive || request->has_body || worker->stopping ||
            exchange->site->options->server_timing)
                return false;
        prepare_head(file, exchange->site, worker);
        struct response *response = file->head_length ? response_new(&worker->responses) : NULL;
        if (!response)
                return false;

        reply_queue(exchange, response, HTTP_OK);
        request_log_begin(exchange, response, request);
        response->file = file_ref(file);
        response->head.data = file->body - file->head_length;
        response->head.length = file->head_length;
        response_add_file(response, 0, file->size);
        return true;
}

static void answer_whole(struct exchange *exchange, const struct http_request *request,
                         struct file *file)
{
        if (answer_ready(exchange, request, file))
                return;
        struct response *response = reply_begin(exchange, request, HTTP_OK);
        if (!response)
                return;
        response->file = file_ref(file);
        head_raw(&response->head, (struct span){file->fields, file->fields_length});
        reply_end(exchange, request, response);
        if (request->method == HTTP_GET)
                response_add_file(response, 0, file->size);
}

/* False: the file is to be sent whole. */
static bool answer_asked_ranges(struct exchange *exchange, const struct http_request *request,
                                struct file *file)
{
        struct byte_range ranges[RANGES_ASKED_MAX];
        size_t count;

        switch (range_parse(request->known[REQUEST_RANGE], file->size, ranges, RANGES_ASKED_MAX,
                            &count)) {
        case RANGE_SATISFIABLE:
                count = range_join(ranges, count, RANGE_HEAD_ABOUT);
                /* A part of what is coded whole would be of no use. */
                if (count > RANGES_SENT_MAX || (count > 1 && file->coding))
                        return false;
                if (count == 1)
                        answer_part(exchange, request, file, &ranges[0]);
                else
                        answer_ranges(exchange, request, file, ranges, count);
                return true;
        case RANGE_UNSATISFIABLE:
                answer_unsatisfiable(exchange, request, file);
                return true;
        case RANGE_IGNORED:
                break;
        }
        return false;
}

void answer_not_found_page(struct exchange *exchange, const struct http_request *request,
                           struct file *page)
{
        struct response *response = reply_begin(exchange, request, HTTP_NOT_FOUND);
        if (!response)
                return;
        response->file = file_ref(page);
        head_field(&response->head, SPAN_LITERAL("Content-Type"), page->type);
        reply_field(response, "X-Content-Type-Options", "nosniff");
        head_number(&response->head, SPAN_LITERAL("Content-Length"), page->size);
        reply_end(exchange, request, response);
        if (request->method == HTTP_GET)
                response_add_file(response, 0, page->size);
}

void answer_file(struct exchange *exchange, const struct http_request *request, struct file *file)
{
        worker_read_clock(exchange->worker);
        int64_t now_s = exchange->worker->now_s;
        if (!prepare_fields(file, exchange->site, now_s)) {
                answer_error(exchange, request, -ENOMEM);
                return;
        }

        const struct validators validators = {
                .etag = {file->etag, file->etag_length},
                .modified = modified_s(file, now_s),
        };
        switch (conditional_evaluate(request, &validators, now_s)) {
        case HTTP_NOT_MODIFIED:
                answer_not_modified(exchange, request, file);
                return;
        case HTTP_PRECONDITION_FAILED:
                answer_status(exchange, request, HTTP_PRECONDITION_FAILED,
                              "The file is not in the state that was asked for.");
                return;
        default:
                break;
        }
        if (request->known[REQUEST_RANGE].data && request->method == HTTP_GET &&
            conditional_range_applies(request, &validators, now_s) &&
            answer_asked_ranges(exchange, request, file))
                return;
        answer_whole(exchange, request, file);
}
