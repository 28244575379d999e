/* Whether a request comes from somebody who may see the site. */
#pragma once

#include "http/request.h"

struct exchange;
struct proofs;

enum authentication_result {
        AUTHENTICATION_GIVEN, /* or not asked for */
        AUTHENTICATION_REFUSED, /* 401 */
        AUTHENTICATION_LATER, /* send what is queued first, then ask again */
        AUTHENTICATION_VERIFYING, /* a thread that may be kept verifies; ask again then */
        AUTHENTICATION_BUSY, /* 503 */
};

enum authentication_result authenticate(struct exchange *exchange,
                                        const struct http_request *request)
        __attribute__((warn_unused_result));

/* What has been verified of late, a worker's: a hash takes long on purpose. NULL
 * when memory is short: then everything is verified. */
struct proofs *proofs_new(void);
void proofs_free(struct proofs *proofs);
