/* One thread: a loop, its listeners, its connections, its cache. Nothing of it
 * is shared with another worker. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "base/text.h"
#include "files/cache.h"
#include "net/loop.h"
#include "serve/closer.h"
#include "serve/entrance.h"
#include "serve/metrics.h"
#include "serve/response.h"
#include "serve/service.h"

enum deadline_kind {
        DEADLINE_HEAD, /* a request's head must be complete */
        DEADLINE_IDLE, /* the next request must begin */
        DEADLINE_SEND, /* the peer must take some bytes */
        DEADLINE_LINGER, /* the peer must have read our last answer */
        DEADLINE_GRACE, /* the worker must end */
        DEADLINE_ACCEPT, /* accepting is tried again */
        DEADLINE_STREAM, /* the peer must take some of a stream of HTTP/2 */
        DEADLINE_DOORS, /* whose handshake was under way has come in */
        DEADLINE_LAST_CALL, /* who is between two requests is cut off */
};

struct batch;
struct handshake_rate;
struct http2_shared;
struct proofs;
struct connection;

struct worker {
        const struct service *service;
        struct loop *loop;
        struct cache *cache;
        struct closer closer;
        struct entrance entrance;
        struct handshake_rate *handshakes; /* NULL: any number */
        LIST_HEAD(connection_list, connection) connections;
        struct metrics metrics;
        struct response_store responses;
        struct proofs *proofs; /* of passwords; NULL: none */
        struct batch *spare_batch; /* for the next send */
        struct http2_shared *http2; /* NULL: no connection has spoken it yet */
        struct text log; /* lines of this turn */
        struct text errors; /* the same, for the error log */
        time_t stamp_s; /* the second that stamp says */
        char stamp[40]; /* the access log's */
        size_t stamp_length;
        uint64_t asked_ns; /* when the request now being answered came */
        bool stopping; /* nothing new; each answer is its connection's last */
        bool draining; /* and yet there is no haste: another process has taken over */
        int ended_fd; /* an eventfd(2) that is told of the end; borrowed */
        int alive_fd; /* the same, of an answer to worker_ping() */
        struct deadline grace;
        struct deadline last_call;
        struct loop_message stop;
        struct loop_message drain;
        struct loop_message ping;
        struct loop_message room;
        atomic_bool room_wanted; /* room is on its way */
        int64_t now_s; /* what date_line says */
        char date_line[48]; /* "Date: ...\r\n" */
        size_t date_length;
        pthread_t thread;
};

/* Takes the listening sockets (all become -1, also on failure). Those from secure_count
 * on only send clients to HTTPS. */
int worker_new(struct worker **ret_worker, const struct service *service, int listeners[],
               size_t listener_count, size_t secure_count) __attribute__((warn_unused_result));

/* Starts its thread. ended_fd: an eventfd(2) to add 1 to when it ends. */
int worker_start(struct worker *worker, int ended_fd) __attribute__((warn_unused_result));

/* From any thread, once: accept no more, finish what is in flight, end. */
void worker_stop(struct worker *worker);

/* From any thread, once: accept no more, answer whoever still asks on an open
 * connection, end with the last of them. Idle ones are closed after the grace. */
void worker_drain(struct worker *worker);

/* From any thread: adds 1 to alive_fd, an eventfd(2), when its loop comes round.
 * Not again before it has. */
void worker_ping(struct worker *worker, int alive_fd);

void worker_join(struct worker *worker);

/* Its thread has ended, and so has the disk pool. Not while worker_waits_to_close().
 * False: it came to be so in the end, and the process's end closes. */
bool worker_free(struct worker *worker);

/* Some files are open whose closing may wait for another process or machine. */
bool worker_waits_to_close(const struct worker *worker);

/* Brings now_s and date_line up to this second. */
void worker_read_clock(struct worker *worker);

/* It stops, and who is between two requests is not waited for any more. */
bool worker_is_over(const struct worker *worker);

/* A connection has ended: its place may be given to the next. */
void worker_connection_ended(struct worker *worker);

/* Frees some descriptors, if it can, for who just failed to get one; has the other
 * workers do so, too. */
void worker_make_room(struct worker *worker);

/* From any thread: has all workers do so, soon. */
void workers_make_room(const struct service *service);
