/* Sends a connection's responses, in order and in as few calls as possible. */
#pragma once

#include <stdbool.h>

struct batch;
struct connection;

enum sender_result {
        SENDER_DONE, /* all responses are out */
        SENDER_WAIT, /* the loop or a task will tell when to go on */
        SENDER_FAILED, /* the peer is gone, or a promise cannot be kept: close */
};

enum sender_result sender_run(struct connection *connection);

/* The send that sender_run() waited for is over. */
void sender_sent(struct connection *connection, bool complete);

/* The peer must take something, from now on. */
void sender_expect(struct connection *connection);

/* Whether it has taken something since; and from now on it must again. */
bool sender_has_moved(struct connection *connection);

/* Lets go of everything that is not out yet, and logs it as incomplete. */
void sender_abort(struct connection *connection);

void batch_free(struct batch *batch);
