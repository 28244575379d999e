#include "serve/answer.h"

#include <errno.h>
#include <stdio.h>

#include "http/conditional.h"
#include "http/escape.h"
#include "http/range.h"
#include "serve/connection.h"
#include "serve/listing_page.h"
#include "serve/request_log.h"

#define ALLOWED "GET, HEAD, OPTIONS"
#define STATUS_LINE_LENGTH (sizeof("HTTP/1.1 200 OK\r\n") - 1)

/* ---- Heads ---- */

static void add_field(struct response *response, const char *name, const char *value)
{
        head_field(&response->head, span_of(name), span_of(value));
}

static void queue(struct connection *c, struct response *response, enum http_status status)
{
        STAILQ_INSERT_TAIL(&c->responses, response, queue);
        c->response_count++;
        response->status = status;
}

/* A response in the queue, its head begun. NULL without memory: the connection
 * then ends behind what is queued. */
static struct response *begin(struct connection *c, const struct http_request *request,
                              enum http_status status)
{
        struct worker *worker = c->worker;
        struct response *response = response_new(&worker->responses);

        bool body_stays = request && request->has_body && !body_can_be_dropped(request);
        if (!request || !request->keep_alive || body_stays || worker->stopping || !response)
                c->last_response = true;
        if (!request || body_stays)
                c->linger = true;
        if (!response)
                return NULL;

        queue(c, response, status);
        if (request)
                request_log_begin(c, response, request, true);
        worker_read_clock(worker);
        head_start(&response->head, response->head_buffer, sizeof(response->head_buffer), status);
        head_raw(&response->head, (struct span){worker->date_line, worker->date_length});
        return response;
}

static void end(struct connection *c, const struct http_request *request, struct response *response)
{
        if (c->last_response)
                add_field(response, "Connection", "close");
        else if (request && request->minor_version == 0)
                add_field(response, "Connection", "keep-alive");
        head_end(&response->head);
}

/* The response's own text as its body. */
static void end_with_text(struct connection *c, const struct http_request *request,
                          struct response *response, const char *type)
{
        add_field(response, "Content-Type", type);
        add_field(response, "X-Content-Type-Options", "nosniff");
        head_number(&response->head, SPAN_LITERAL("Content-Length"), response->text.length);
        end(c, request, response);
        if (!request || request->method != HTTP_HEAD) {
                response->way = "memory";
                response_add_bytes(response,
                                   (struct span){response->text.data, response->text.length});
        }
}

static void end_with_reason(struct connection *c, const struct http_request *request,
                            struct response *response, const char *reason)
{
        text_printf(&response->text, "%d %s\n%s\n", (int)response->status,
                    status_reason(response->status), reason);
        end_with_text(c, request, response, "text/plain; charset=utf-8");
}

void answer_status(struct connection *c, const struct http_request *request,
                   enum http_status status, const char *reason)
{
        struct response *response = begin(c, request, status);
        if (!response)
                return;
        if (status == HTTP_METHOD_NOT_ALLOWED)
                add_field(response, "Allow", ALLOWED);
        if (status == HTTP_SERVICE_UNAVAILABLE)
                add_field(response, "Retry-After", "1");
        end_with_reason(c, request, response, reason);
}

void answer_bad(struct connection *c, const struct http_request *request,
                const struct request_failure *failure)
{
        struct response *response = begin(c, NULL, failure->status);
        if (!response)
                return;
        request_log_begin(c, response, request, false);
        end_with_reason(c, NULL, response, failure->reason);
}

void answer_options(struct connection *c, const struct http_request *request)
{
        struct response *response = begin(c, request, HTTP_NO_CONTENT);
        if (!response)
                return;
        add_field(response, "Allow", ALLOWED);
        end(c, request, response);
}

/* ---- A file ---- */

/* Last-Modified is never later than Date (RFC 9110 8.8.2.1). */
static int64_t modified_s(const struct file *file, int64_t now_s)
{
        int64_t modified = file->modified.tv_sec;
        return modified < now_s ? modified : now_s;
}

static void prepare_fields(struct file *file, int64_t now_s)
{
        struct head head = {.data = file->fields, .capacity = sizeof(file->fields)};

        head_date(&head, SPAN_LITERAL("Last-Modified"), modified_s(file, now_s));
        head_field(&head, SPAN_LITERAL("ETag"), (struct span){file->etag, file->etag_length});
        file->validators_length = head.length;
        head_field(&head, SPAN_LITERAL("Content-Type"), file->type);
        head_raw(&head, SPAN_LITERAL("Accept-Ranges: bytes\r\n"
                                     "X-Content-Type-Options: nosniff\r\n"));
        file->description_length = head.length;
        head_number(&head, SPAN_LITERAL("Content-Length"), file->size);
        file->fields_length = head.length;
}

static void add_body(struct response *response, uint64_t offset, uint64_t length)
{
        if (response->file->body) {
                response->way = "memory";
                response_add_bytes(response, (struct span){response->file->body + offset, length});
        } else {
                response_add_range(response, offset, length);
        }
}

static void answer_not_modified(struct connection *c, const struct http_request *request,
                                const struct file *file)
{
        struct response *response = begin(c, request, HTTP_NOT_MODIFIED);
        if (!response)
                return;
        head_raw(&response->head, (struct span){file->fields, file->validators_length});
        end(c, request, response);
}

static void answer_unsatisfiable(struct connection *c, const struct http_request *request,
                                 const struct file *file)
{
        struct response *response = begin(c, request, HTTP_RANGE_NOT_SATISFIABLE);
        char size[48];
        if (!response)
                return;
        (void)snprintf(size, sizeof(size), "bytes */%ju", (uintmax_t)file->size);
        add_field(response, "Content-Range", size);
        end_with_reason(c, request, response, "The file is shorter than that.");
}

static void answer_part(struct connection *c, const struct http_request *request, struct file *file,
                        const struct byte_range *range)
{
        struct response *response = begin(c, request, HTTP_PARTIAL_CONTENT);
        char text[80];
        if (!response)
                return;
        response->file = file_ref(file);
        (void)snprintf(text, sizeof(text), "bytes %ju-%ju/%ju", (uintmax_t)range->offset,
                       (uintmax_t)(range->offset + range->length - 1), (uintmax_t)file->size);
        head_raw(&response->head, (struct span){file->fields, file->description_length});
        add_field(response, "Content-Range", text);
        head_number(&response->head, SPAN_LITERAL("Content-Length"), range->length);
        end(c, request, response);
        add_body(response, range->offset, range->length);
}

/* The head of a 200 that leaves the connection open, right before the body: the
 * two then go out as one run of bytes, and only the Date is ever written again. */
static void prepare_head(struct file *file, const struct worker *worker)
{
        char buffer[FILE_HEAD_ROOM];
        struct head head;

        if (file->head_length == 0) {
                head_start(&head, buffer, sizeof(buffer), HTTP_OK);
                head_raw(&head, (struct span){worker->date_line, worker->date_length});
                head_raw(&head, (struct span){file->fields, file->fields_length});
                head_end(&head);
                if (head.overflow)
                        return;
                memcpy(file->body - head.length, head.data, head.length);
                file->head_length = head.length;
        } else if (file->head_date != worker->now_s) {
                memcpy(file->body - file->head_length + STATUS_LINE_LENGTH, worker->date_line,
                       worker->date_length);
        }
        file->head_date = worker->now_s;
}

/* The common case: GET, HTTP/1.1, nothing special asked for, body in memory. */
static bool answer_ready(struct connection *c, const struct http_request *request,
                         struct file *file)
{
        struct worker *worker = c->worker;
        if (!file->body || request->method != HTTP_GET || request->minor_version == 0 ||
            !request->keep_alive || request->has_body || worker->stopping)
                return false;
        prepare_head(file, worker);
        struct response *response = file->head_length ? response_new(&worker->responses) : NULL;
        if (!response)
                return false;

        queue(c, response, HTTP_OK);
        request_log_begin(c, response, request, true);
        response->file = file_ref(file);
        response->head.data = file->body - file->head_length;
        response->head.length = file->head_length;
        add_body(response, 0, file->size);
        return true;
}

static void answer_whole(struct connection *c, const struct http_request *request,
                         struct file *file)
{
        if (answer_ready(c, request, file))
                return;
        struct response *response = begin(c, request, HTTP_OK);
        if (!response)
                return;
        head_raw(&response->head, (struct span){file->fields, file->fields_length});
        end(c, request, response);
        if (request->method == HTTP_GET) {
                response->file = file_ref(file);
                add_body(response, 0, file->size);
        }
}

void answer_file(struct connection *c, const struct http_request *request, struct file *file)
{
        worker_read_clock(c->worker);
        int64_t now_s = c->worker->now_s;
        if (file->fields_length == 0)
                prepare_fields(file, now_s);

        const struct validators validators = {
                .etag = {file->etag, file->etag_length},
                .modified = modified_s(file, now_s),
        };
        struct byte_range range;
        size_t count;

        switch (conditional_evaluate(request, &validators, now_s)) {
        case HTTP_NOT_MODIFIED:
                answer_not_modified(c, request, file);
                return;
        case HTTP_PRECONDITION_FAILED:
                answer_status(c, request, HTTP_PRECONDITION_FAILED,
                              "The file is not in the state that was asked for.");
                return;
        default:
                break;
        }
        if (request->known[REQUEST_RANGE].data && request->method == HTTP_GET &&
            conditional_range_applies(request, &validators, now_s)) {
                switch (range_parse(request->known[REQUEST_RANGE], file->size, &range, 1, &count)) {
                case RANGE_SATISFIABLE:
                        answer_part(c, request, file, &range);
                        return;
                case RANGE_UNSATISFIABLE:
                        answer_unsatisfiable(c, request, file);
                        return;
                case RANGE_IGNORED:
                        break;
                }
        }
        answer_whole(c, request, file);
}

/* ---- What is not a file ---- */

void answer_error(struct connection *c, const struct http_request *request, int error)
{
        switch (error) {
        case -EACCES:
        case -EPERM:
                answer_status(c, request, HTTP_FORBIDDEN, "The server may not read this.");
                return;
        case -EMFILE:
        case -ENFILE:
                (void)worker_make_room(c->worker);
                answer_status(c, request, HTTP_SERVICE_UNAVAILABLE,
                              "Too many files are open; try again.");
                return;
        case -EAGAIN:
        case -ENOMEM:
                answer_status(c, request, HTTP_SERVICE_UNAVAILABLE,
                              "The server is too busy; try again.");
                return;
        case -ENOENT:
        case -ENOTDIR:
        case -EISDIR:
        case -ELOOP: /* a symlink that leads out, or in circles */
        case -EXDEV: /* a step that leads out */
        case -ENAMETOOLONG:
        case -ENXIO: /* a socket's file; a FIFO or device that nobody serves */
        case -ENODEV:
        case -EINVAL:
                answer_status(c, request, HTTP_NOT_FOUND, "There is no such file here.");
                return;
        default:
                answer_status(c, request, HTTP_INTERNAL_SERVER_ERROR, "The file cannot be read.");
        }
}

/* The path in normal form, so that "//host" cannot lead to another host. Its
 * head may be long: it has a buffer of its own. */
void answer_directory(struct connection *c, const struct http_request *request,
                      const struct target_path *path)
{
        struct span name = {path->path, path->length}, query = path->query;
        struct text location = {0};
        struct response *response = begin(c, request, HTTP_MOVED_PERMANENTLY);
        if (!response)
                return;

        text_puts(&location, "/");
        char *room = text_room(&location, 3 * name.length + 1);
        if (room)
                location.length += escape_uri_path(name, room, 3 * name.length + 1);
        text_puts(&location, query.data ? "/?" : "/");
        text_append(&location, query);

        size_t capacity = response->head.length + location.length + 256;
        char *buffer = location.failed ? NULL : text_room(&response->text, capacity);
        if (buffer) {
                struct head *head = &response->head;
                memcpy(buffer, head->data, head->length);
                *head = (struct head){buffer, capacity, head->length, false};
                head_field(head, SPAN_LITERAL("Location"),
                           (struct span){location.data, location.length});
        }
        head_number(&response->head, SPAN_LITERAL("Content-Length"), 0);
        end(c, request, response);
        text_done(&location);
}

void answer_listing(struct connection *c, const struct http_request *request,
                    const struct target_path *path, const struct directory *directory)
{
        struct response *response = begin(c, request, HTTP_OK);
        if (!response)
                return;
        listing_page_write(&response->text, (struct span){path->path, path->length}, directory);
        add_field(response, "Cache-Control", "no-cache");
        end_with_text(c, request, response, "text/html; charset=utf-8");
}
