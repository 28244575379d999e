#include "serve/request_log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/number.h"
#include "http/authorization.h"
#include "http/escape.h"
#include "serve/connection.h"
#include "serve/error_log.h"
#include "serve/log_subject.h"

/* Of a longer target, so much is told. */
#define TARGET_MAX 1024

#define NAME_MAX_LENGTH 255

/* All of a line but the request's own words: names, numbers, stamp, peer. */
#define LINE_ROOM 768

/* A format is what it keeps of the request, and the line around that. */
struct log_format {
        const char *name;
        void (*keep)(struct text *kept, const struct log_subject *subject);
        char *(*write)(char *out, struct exchange *exchange, const struct response *response,
                       bool complete);
};

/* ---- Writing: out has room, the result is behind what was written ---- */

static char *put(char *out, struct span bytes)
{
        memcpy(out, bytes.data, bytes.length);
        return out + bytes.length;
}

#define PUT(out, literal) put(out, SPAN_LITERAL(literal))

static char *put_number(char *out, uint64_t value)
{
        return out + number_write(value, out);
}

static char *put_word(char *out, const char *word)
{
        return put(out, span_of(word));
}

/* A host's name needs no escapes. */
static char *put_site(char *out, const struct site *site, const char *quote, const char *nobody)
{
        struct span name = site_name(site);
        if (!name.data)
                return put_word(out, nobody);
        if (name.length > NAME_MAX_LENGTH)
                name.length = NAME_MAX_LENGTH;
        return put_word(put(put_word(out, quote), name), quote);
}

/* Microseconds as milliseconds with three places. */
static char *put_milliseconds(char *out, uint64_t us)
{
        out = put_number(out, us / 1000);
        *out++ = '.';
        *out++ = (char)('0' + us / 100 % 10);
        *out++ = (char)('0' + us / 10 % 10);
        *out++ = (char)('0' + us % 10);
        return out;
}

/* inet_ntop(3) costs more than all the rest of the line. */
static char *put_peer(char *out, const struct connection *c)
{
        char text[ADDRESS_TEXT_SIZE];
        if (c->peer_family != AF_INET)
                return put_word(out, connection_peer(c, text));
        for (int i = 0; i < 4; i++) {
                if (i > 0)
                        *out++ = '.';
                out = put_number(out, c->peer[i]);
        }
        return out;
}

/* RFC 3339 has "+01:00" where strftime(3) has "+0100". */
static void part_zone(struct worker *worker)
{
        char *end = worker->stamp + worker->stamp_length;
        if (worker->stamp_length < 5 || worker->stamp_length + 1 >= sizeof(worker->stamp))
                return;
        memmove(end - 1, end - 2, 2);
        end[-2] = ':';
        worker->stamp_length++;
}

/* Made once a second. */
static struct span stamp(struct worker *worker, const char *format, bool with_colon)
{
        struct tm local;
        time_t now = time(NULL);

        if (worker->stamp_s != now) {
                worker->stamp_s = now;
                worker->stamp_length = 0;
                if (localtime_r(&now, &local))
                        worker->stamp_length =
                                strftime(worker->stamp, sizeof(worker->stamp), format, &local);
                if (with_colon)
                        part_zone(worker);
        }
        return (struct span){worker->stamp, worker->stamp_length};
}

static uint64_t elapsed_us(const struct response *response)
{
        return (clock_monotonic_ns() - response->began_ns) / NS_PER_US;
}

/* ---- The line ---- */

static char *write_common(char *out, struct exchange *exchange, const struct response *response,
                          bool complete)
{
        const char *user = response->log_line, *line = user + strlen(user) + 1;

        (void)complete;
        out = PUT(put_word(PUT(put_peer(out, exchange->connection), " - "), user), " [");
        out = PUT(put(out, stamp(exchange->worker, "%d/%b/%Y:%T %z", false)), "] \"");
        out = PUT(put_word(out, line), "\" ");
        *(out = put_number(out, response->status)) = ' ';
        return put_number(out + 1, response->body_sent);
}

static char *write_combined(char *out, struct exchange *exchange, const struct response *response,
                            bool complete)
{
        const char *user = response->log_line;
        size_t first = strlen(user) + 1;
        first += strlen(user + first) + 1;
        out = write_common(out, exchange, response, complete);
        return put(out, (struct span){user + first, response->log_line_length - first});
}

static char *write_sluice(char *out, struct exchange *exchange, const struct response *response,
                          bool complete)
{
        *(out = write_common(out, exchange, response, complete)) = ' ';
        *(out = put_word(out + 1, response->way)) = ' ';
        out = PUT(put_milliseconds(out + 1, elapsed_us(response)), "ms");
        return complete ? out : PUT(out, " incomplete");
}

static char *write_json(char *out, struct exchange *exchange, const struct response *response,
                        bool complete)
{
        out = put(PUT(out, "{\"time\":\""), stamp(exchange->worker, "%FT%T%z", true));
        out = put_peer(PUT(out, "\",\"peer\":\""), exchange->connection);
        out = PUT(out, "\"");
        if (exchange->worker->service->site_count > 1)
                out = put_site(PUT(out, ",\"site\":"), response->site, "\"", "null");
        out = put(out, (struct span){response->log_line, response->log_line_length});
        out = put_number(PUT(out, ",\"status\":"), response->status);
        out = put_number(PUT(out, ",\"bytes\":"), response->body_sent);
        out = put_word(PUT(out, ",\"way\":\""), response->way);
        out = put_milliseconds(PUT(out, "\",\"ms\":"), elapsed_us(response));
        out = PUT(out, ",\"complete\":");
        return PUT(put_word(out, complete ? "true" : "false"), "}");
}

/* As split-logfile(1) of Apache wants it: whose line it is stands first. */
static char *write_vhost(char *out, struct exchange *exchange, const struct response *response,
                         bool complete)
{
        out = PUT(put_site(out, response->site, "", "-"), " ");
        return write_combined(out, exchange, response, complete);
}

static const struct log_format formats[] = {
        {"sluice", log_subject_keep_line, write_sluice},
        {"common", log_subject_keep_line, write_common},
        {"combined", log_subject_keep_combined, write_combined},
        {"vhost", log_subject_keep_combined, write_vhost},
        {"json", log_subject_keep_json, write_json},
};

const char *request_log_format_name(size_t index)
{
        return index < sizeof(formats) / sizeof(formats[0]) ? formats[index].name : NULL;
}

/* ---- Of a request ---- */

static void begin(struct exchange *exchange, struct response *response,
                  const struct log_subject *subject)
{
        struct text kept = {0};

        formats[exchange->worker->service->log_format].keep(&kept, subject);
        /* The NUL makes a string of it. */
        text_append(&kept, (struct span){"", 1});
        if (kept.failed)
                text_done(&kept);
        response->log_line = kept.data;
        response->log_line_length = kept.length - (kept.length > 0);
}

void request_log_begin(struct exchange *exchange, struct response *response,
                       const struct http_request *request)
{
        struct log_subject subject = {.request = request};
        char buffer[CREDENTIALS_MAX + 1];
        struct span credentials;
        const char *password;

        response->began_ns = exchange->worker->asked_ns;
        if (!exchange->worker->service->logs_access)
                return;
        if (!exchange->authenticated) {
                begin(exchange, response, &subject);
                return;
        }
        if (!authorization_basic(request->known[REQUEST_AUTHORIZATION], buffer, &credentials,
                                 &subject.user, &password))
                subject.user = (struct span){0};
        begin(exchange, response, &subject);
        explicit_bzero(buffer, sizeof(buffer));
}

void request_log_refused(struct exchange *exchange, struct response *response,
                         const struct http_request *request, struct span received,
                         const char *reason)
{
        struct span line = log_subject_first_line(received);
        const struct log_subject subject = {.request = request, .reason = reason, .line = line};

        response->began_ns = exchange->worker->asked_ns;
        if (exchange->worker->service->logs_access)
                begin(exchange, response, &subject);
        error_log_refused(exchange, response->status, reason, line);
}

void request_log_fallbacks(struct exchange *exchange)
{
        const char *used = sluice_method_name(sluice_method_used(exchange->transfer, NULL)), *why;
        const sluice_method *method;

        if (!exchange->worker->service->options->verbose)
                return;
        for (size_t i = 0; (method = sluice_fallback(exchange->transfer, i, &why)) != NULL; i++)
                text_printf(&exchange->worker->errors, "sluice: %s gave way to %s: %s\n",
                            sluice_method_name(method), used, why);
}

/* Of a peer that has gone away. */
static bool is_of_peer(int error)
{
        return error == -EPIPE || error == -ECONNRESET || error == -ECONNABORTED ||
               error == -ETIMEDOUT || error == -EHOSTUNREACH || error == -ENETUNREACH;
}

void request_log_trouble(struct exchange *exchange, const struct site *site, const char *name,
                         int error)
{
        struct text *errors = &exchange->worker->errors;
        char peer[ADDRESS_TEXT_SIZE];

        /* That the disk's threads are busy is no fault of the file's. */
        if (error == 0 || error == -EAGAIN || is_of_peer(error))
                return;
        text_printf(errors, "sluice: %s/", site->root.shown);
        log_subject_keep_escaped(errors, span_of(name), TARGET_MAX, escape_log);
        text_printf(errors, ", asked for by %s: %s\n", connection_peer(exchange->connection, peer),
                    strerror(-error));
}

void request_log_response(struct exchange *exchange, const struct response *response, bool complete)
{
        struct text *log = &exchange->worker->log;

        if (!response->log_line)
                return;
        char *room = text_room(log, response->log_line_length + LINE_ROOM);
        if (!room)
                return;
        char *end = formats[exchange->worker->service->log_format].write(room, exchange, response,
                                                                         complete);
        *end++ = '\n';
        log->length += (size_t)(end - room);
}
