/* A response under way: a head, and a body that is a sequence of parts, each
 * some bytes or a range of an open file. Taken from and given back to the
 * worker's store, so that an idle connection holds none. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/text.h"
#include "files/file.h"
#include "http/response.h"
#include "http/status.h"

#define RESPONSE_HEAD_SIZE 1280 /* but for what the options add */
#define RESPONSE_PARTS_FEW 2 /* more are on the heap */

struct listing;
struct site;

enum part_kind {
        PART_BYTES,
        PART_FILE,
};

struct part {
        enum part_kind kind;
        const char *bytes; /* of PART_BYTES; lives as long as the response */
        uint64_t offset; /* of PART_FILE, in response->file */
        uint64_t length;
};

struct response {
        STAILQ_ENTRY(response) queue;
        const struct site *site; /* that answers */
        enum http_status status;
        bool past_cache; /* its file goes past the page cache */
        struct file *file; /* a reference, or NULL */
        struct text text; /* bytes made for this response */
        struct listing *listing; /* a reference, or NULL: counted among its connection's */
        char *log_line; /* what the log keeps of the request, escaped; NULL: not logged */
        size_t log_line_length; /* without the NUL at its end */
        uint64_t began_ns;
        const char *way; /* how the body goes out: "memory" or a method; static */
        uint64_t body_sent; /* bytes */
        unsigned part_count;
        unsigned part_capacity;
        unsigned part_next; /* the first that has not been handed to a send */
        bool head_handed; /* the head has been handed to a send */
        struct part *parts; /* few, or on the heap */
        struct part few[RESPONSE_PARTS_FEW];
        struct head head; /* one that overflowed is not sent: the connection ends */
        char head_buffer[]; /* as the store has it */
};

STAILQ_HEAD(response_queue, response);

struct response_store {
        struct response_queue spare;
        unsigned spare_count;
        size_t head_size; /* bytes */
};

void response_store_init(struct response_store *store, size_t head_size);
void response_store_done(struct response_store *store);

/* NULL when memory is short. */
struct response *response_new(struct response_store *store);
void response_free(struct response_store *store, struct response *response);

/* Room for count parts in all; without it, there is room for RESPONSE_PARTS_FEW.
 * False: no memory. */
bool response_reserve_parts(struct response *response, size_t count)
        __attribute__((warn_unused_result));

void response_add_bytes(struct response *response, struct span bytes);
/* Of response->file, which is set before: from its memory or from its
 * descriptor. */
void response_add_file(struct response *response, uint64_t offset, uint64_t length);

/* Whether all of it has been handed to a send. */
bool response_is_handed(const struct response *response);
