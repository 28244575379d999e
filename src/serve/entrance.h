/* Where connections come in to a worker, as far as there is room for them. */
#pragma once

#include "net/loop.h"
#include "serve/refusal.h"
#include "serve/serve.h"

struct worker;

struct entrance {
        struct worker *worker;
        struct acceptor acceptors[SERVE_BINDS_MAX];
        size_t acceptor_count;
        size_t secure_count; /* the first of them; those behind only send clients to HTTPS */
        bool lent; /* the sockets go on without us: a service manager's */
        bool refuses; /* whom it has no room for, instead of letting them wait */
        struct refusals refusals;
        struct deadline refusals_end;
        uint64_t accepted_ns; /* when somebody came last; 0: nobody yet */
        struct deadline doors; /* set while they are closing: latecomers are still accepted */
        struct deadline again; /* set while it is paused for want of room */
        int waiting_fd; /* accepted when the last place had just been taken; -1: none */
        struct address waiting_peer;
        bool waiting_redirects; /* to HTTPS, and that is all */
};

/* Takes the listening sockets (all become -1); those from secure_count on only send
 * clients to HTTPS. */
void entrance_init(struct entrance *entrance, struct worker *worker, int listeners[],
                   size_t listener_count, size_t secure_count);
void entrance_done(struct entrance *entrance);

/* Accepts from now on, once the worker has a loop. Errors of epoll_ctl(2). */
int entrance_open(struct entrance *entrance) __attribute__((warn_unused_result));

/* Accepts no more. */
void entrance_close(struct entrance *entrance);

/* The same, behind those who wait: their address may have no other listener. */
void entrance_drain(struct entrance *entrance);

/* The same as entrance_close(), and lets go of who was still to be let in. */
void entrance_give_up(struct entrance *entrance);

/* Nobody who was let in is to go without an answer: accepts those who wait, as far as
 * there is room, lets nobody else come, and closes when they are through. In lent
 * sockets they wait for who serves next. */
void entrance_let_in_last(struct entrance *entrance);

/* Whether nobody is still to be let in. */
bool entrance_is_empty(const struct entrance *entrance);

/* A place is free. */
void entrance_place_given(struct entrance *entrance);

/* Whether the deadline was one of its own, which has passed. */
bool entrance_expired(struct entrance *entrance, const struct deadline *deadline);
