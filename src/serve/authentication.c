#include "serve/authentication.h"

#include <stdlib.h>

#include "base/clock.h"
#include "http/authorization.h"
#include "serve/exchange.h"
#include "serve/passwords.h"
#include "serve/task.h"

#define PROOFS_MAX 64
#define PROOF_NS (60 * NS_PER_S)

struct proofs {
        size_t oldest;
        struct proof {
                uint64_t until_ns; /* 0: none */
                const struct site *site;
                size_t length;
                char credentials[CREDENTIALS_MAX];
        } proofs[PROOFS_MAX];
};

struct proofs *proofs_new(void)
{
        return calloc(1, sizeof(struct proofs));
}

void proofs_free(struct proofs *proofs)
{
        if (!proofs)
                return;
        explicit_bzero(proofs, sizeof(*proofs));
        free(proofs);
}

static bool is_proven(struct proofs *proofs, const struct site *site, struct span credentials,
                      uint64_t now_ns)
{
        bool found = false;
        for (size_t i = 0; proofs && i < PROOFS_MAX; i++) {
                struct proof *proof = &proofs->proofs[i];
                if (proof->until_ns && proof->until_ns <= now_ns)
                        explicit_bzero(proof, sizeof(*proof));
                if (proof->until_ns && proof->site == site && proof->length == credentials.length)
                        found |= passwords_equal(proof->credentials, credentials.data,
                                                 credentials.length);
        }
        return found;
}

static void remember(struct proofs *proofs, const struct site *site, struct span credentials,
                     uint64_t now_ns)
{
        if (!proofs || is_proven(proofs, site, credentials, now_ns))
                return;
        struct proof *proof = &proofs->proofs[proofs->oldest++ % PROOFS_MAX];
        proof->until_ns = now_ns + PROOF_NS;
        proof->site = site;
        proof->length = credentials.length;
        memcpy(proof->credentials, credentials.data, credentials.length);
}

/* What the thread that verified has found. */
static enum authentication_result take_verified(struct exchange *exchange, struct span credentials)
{
        if (!task_take_verified(exchange))
                return AUTHENTICATION_REFUSED;
        remember(exchange->worker->proofs, exchange->site, credentials,
                 loop_now_ns(exchange->worker->loop));
        return AUTHENTICATION_GIVEN;
}

static enum authentication_result check(struct exchange *exchange, struct span credentials)
{
        if (exchange->task)
                return take_verified(exchange, credentials);
        if (is_proven(exchange->worker->proofs, exchange->site, credentials,
                      loop_now_ns(exchange->worker->loop)))
                return AUTHENTICATION_GIVEN;
        if (!STAILQ_EMPTY(&exchange->responses))
                return AUTHENTICATION_LATER;
        return task_start_verify(exchange, credentials) < 0 ? AUTHENTICATION_BUSY
                                                            : AUTHENTICATION_VERIFYING;
}

enum authentication_result authenticate(struct exchange *exchange,
                                        const struct http_request *request)
{
        char buffer[CREDENTIALS_MAX + 1];
        struct span credentials, user;
        const char *password;

        /* OPTIONS tells nothing, and a browser asks it without credentials. A task
         * that looks for the file is there because that was proven before. */
        if (!exchange->site->passwords || request->method == HTTP_OPTIONS ||
            (exchange->task && !task_is_verify(exchange)))
                return AUTHENTICATION_GIVEN;
        if (!authorization_basic(request->known[REQUEST_AUTHORIZATION], buffer, &credentials, &user,
                                 &password))
                return AUTHENTICATION_REFUSED;
        enum authentication_result result = check(exchange, credentials);
        explicit_bzero(buffer, sizeof(buffer));
        return result;
}
