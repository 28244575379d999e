/* From a request to a response: which file, which status, which head. */
#pragma once

#include "http/request.h"

struct connection;

enum respond_result {
        RESPOND_QUEUED, /* the response is in the connection's queue */
        RESPOND_LATER, /* send what is queued first, then ask again: this one needs the disk */
        RESPOND_RESOLVING, /* a disk thread looks; ask again when it has found it */
};

enum respond_result respond(struct connection *connection, const struct http_request *request);

/* Answers what is not a request, as the connection's last. request: what could be
 * read of it, for the log; or NULL. */
void respond_bad(struct connection *connection, const struct http_request *request,
                 const struct request_failure *failure);
