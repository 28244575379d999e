#include "http/status.h"

#define LAST_STATUS 505

static const char *const reasons[LAST_STATUS + 1] = {
        [HTTP_OK] = "OK",
        [HTTP_NO_CONTENT] = "No Content",
        [HTTP_PARTIAL_CONTENT] = "Partial Content",
        [HTTP_MOVED_PERMANENTLY] = "Moved Permanently",
        [HTTP_FOUND] = "Found",
        [HTTP_NOT_MODIFIED] = "Not Modified",
        [HTTP_TEMPORARY_REDIRECT] = "Temporary Redirect",
        [HTTP_PERMANENT_REDIRECT] = "Permanent Redirect",
        [HTTP_BAD_REQUEST] = "Bad Request",
        [HTTP_UNAUTHORIZED] = "Unauthorized",
        [HTTP_FORBIDDEN] = "Forbidden",
        [HTTP_NOT_FOUND] = "Not Found",
        [HTTP_METHOD_NOT_ALLOWED] = "Method Not Allowed",
        [HTTP_REQUEST_TIMEOUT] = "Request Timeout",
        [HTTP_PRECONDITION_FAILED] = "Precondition Failed",
        [HTTP_CONTENT_TOO_LARGE] = "Content Too Large",
        [HTTP_URI_TOO_LONG] = "URI Too Long",
        [HTTP_RANGE_NOT_SATISFIABLE] = "Range Not Satisfiable",
        [HTTP_EXPECTATION_FAILED] = "Expectation Failed",
        [HTTP_MISDIRECTED_REQUEST] = "Misdirected Request",
        [HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE] = "Request Header Fields Too Large",
        [HTTP_INTERNAL_SERVER_ERROR] = "Internal Server Error",
        [HTTP_NOT_IMPLEMENTED] = "Not Implemented",
        [HTTP_SERVICE_UNAVAILABLE] = "Service Unavailable",
        [HTTP_VERSION_NOT_SUPPORTED] = "HTTP Version Not Supported",
};

const char *status_reason(enum http_status status)
{
        if ((unsigned)status > LAST_STATUS || !reasons[status])
                return "";
        return reasons[status];
}
