#include "http/framing.h"

#include <errno.h>

#include "base/number.h"
#include "http/list.h"
#include "http/target.h"

static bool refuse(struct request_failure *ret_failure, enum http_status status, const char *reason)
{
        *ret_failure = (struct request_failure){.status = status, .reason = reason};
        return false;
}

static size_t count_lines(const struct http_request *request, enum request_field field)
{
        size_t lines = 0;
        for (size_t i = 0; i < request->field_count; i++)
                lines += request->fields[i].known == field;
        return lines;
}

/* RFC 9112 3.2 and 3.2.2: an absolute target's authority overrides Host, which must
 * be there and valid all the same. */
static bool read_authority(struct http_request *request, struct request_failure *ret_failure)
{
        struct span host = request->known[REQUEST_HOST];

        if (!host.data && request->minor_version > 0)
                return refuse(ret_failure, HTTP_BAD_REQUEST, "The Host field is missing.");
        if (host.data && count_lines(request, REQUEST_HOST) > 1)
                return refuse(ret_failure, HTTP_BAD_REQUEST, "There is more than one Host field.");
        if (host.data && !target_authority_valid(host))
                return refuse(ret_failure, HTTP_BAD_REQUEST,
                              "The Host field is not a host with an optional port.");

        request->authority = host;
        struct target_parts parts;
        if (request->target.data[0] != '/' &&
            target_split(request->target, &parts) != TARGET_INVALID && parts.authority.data)
                request->authority = parts.authority;
        return true;
}

/* RFC 9112 9.3. "close" wins wherever it stands. */
static void read_connection(struct http_request *request)
{
        bool close = false, keep_alive = request->minor_version > 0;

        for (size_t i = 0; request->known[REQUEST_CONNECTION].data && i < request->field_count;
             i++) {
                struct span rest = request->fields[i].value, option;
                if (request->fields[i].known != REQUEST_CONNECTION)
                        continue;
                while (list_next(&rest, &option)) {
                        close |= span_equal_fold(option, SPAN_LITERAL("close"));
                        keep_alive |= span_equal_fold(option, SPAN_LITERAL("keep-alive"));
                }
        }
        request->keep_alive = keep_alive && !close;
}

/* RFC 9112 6.1. Only "chunked" alone: no other coding is known here, and what comes
 * with a Content-Length or from HTTP/1.0 may be an attempt to smuggle. */
static bool read_transfer_encoding(struct http_request *request,
                                   struct request_failure *ret_failure)
{
        struct span coding = request->known[REQUEST_TRANSFER_ENCODING];

        if (request->known[REQUEST_CONTENT_LENGTH].data)
                return refuse(ret_failure, HTTP_BAD_REQUEST,
                              "Transfer-Encoding and Content-Length exclude each other.");
        if (request->minor_version == 0)
                return refuse(ret_failure, HTTP_BAD_REQUEST, "HTTP/1.0 has no Transfer-Encoding.");
        if (coding.length == 0)
                return refuse(ret_failure, HTTP_BAD_REQUEST, "Transfer-Encoding is empty.");
        for (size_t i = 0; i < request->field_count; i++)
                if (request->fields[i].known == REQUEST_TRANSFER_ENCODING &&
                    !span_equal_fold(request->fields[i].value, SPAN_LITERAL("chunked")))
                        return refuse(ret_failure, HTTP_NOT_IMPLEMENTED,
                                      "The only transfer coding known here is \"chunked\".");
        if (count_lines(request, REQUEST_TRANSFER_ENCODING) > 1)
                return refuse(ret_failure, HTTP_BAD_REQUEST,
                              "There is more than one Transfer-Encoding field.");
        request->chunked = true;
        return true;
}

/* RFC 9112 6.3. Equal lengths sent twice could be accepted; nobody honest sends them. */
static bool read_content_length(struct http_request *request, struct request_failure *ret_failure)
{
        if (count_lines(request, REQUEST_CONTENT_LENGTH) > 1)
                return refuse(ret_failure, HTTP_BAD_REQUEST,
                              "There is more than one Content-Length field.");
        if (number_parse(request->known[REQUEST_CONTENT_LENGTH], &request->content_length) < 0)
                return refuse(ret_failure, HTTP_BAD_REQUEST,
                              "Content-Length is not one decimal number of bytes.");
        return true;
}

/* RFC 9110 10.1.1: from HTTP/1.0 it is ignored; without a body nobody waits. */
static bool read_expect(struct http_request *request, struct request_failure *ret_failure)
{
        if (!request->known[REQUEST_EXPECT].data || request->minor_version == 0)
                return true;
        for (size_t i = 0; i < request->field_count; i++) {
                struct span rest = request->fields[i].value, expectation;
                if (request->fields[i].known != REQUEST_EXPECT)
                        continue;
                while (list_next(&rest, &expectation)) {
                        if (!span_equal_fold(expectation, SPAN_LITERAL("100-continue")))
                                return refuse(ret_failure, HTTP_EXPECTATION_FAILED,
                                              "The only expectation known here is "
                                              "\"100-continue\".");
                        request->expect_continue = request->has_body;
                }
        }
        return true;
}

bool framing_read(struct http_request *request, struct request_failure *ret_failure)
{
        request->chunked = request->has_body = request->expect_continue = false;
        request->content_length = 0;

        if (!read_authority(request, ret_failure))
                return false;
        read_connection(request);
        if (request->known[REQUEST_TRANSFER_ENCODING].data) {
                if (!read_transfer_encoding(request, ret_failure))
                        return false;
        } else if (request->known[REQUEST_CONTENT_LENGTH].data) {
                if (!read_content_length(request, ret_failure))
                        return false;
        }
        request->has_body = request->chunked || request->content_length > 0;
        return read_expect(request, ret_failure);
}
