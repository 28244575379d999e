/* From a request to a response: which file, which status, which head. */
#pragma once

#include "http/request.h"

struct exchange;

enum respond_result {
        RESPOND_QUEUED, /* the response is in the exchange's queue */
        RESPOND_LATER, /* send what is queued first, then ask again: this one needs the disk */
        RESPOND_RESOLVING, /* a disk thread looks; ask again when it has found it */
};

enum respond_result respond(struct exchange *exchange, const struct http_request *request);
