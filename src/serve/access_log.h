/* The logs. Workers hand whole lines over; one thread writes them a few times a
 * second, so that a slow terminal or a full disk never holds a response up, and a
 * busy server does not wake a writer for every line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct access_log;

enum log_stream {
        LOG_ACCESS, /* one line a response, in order of completion */
        LOG_ERROR, /* what went wrong, or otherwise than expected */
        LOG_STREAMS,
};

/* Borrows the descriptors until access_log_close() or access_log_reopen(); -1:
 * that stream is not kept. syslog: the access log's is a socket that takes a line
 * a message (RFC 3164). Errors: -ENOMEM, those of pthread_create(3). */
int access_log_open(struct access_log **ret_log, const int fds[static LOG_STREAMS], bool syslog)
        __attribute__((warn_unused_result));

/* Writes what is left, then frees. */
void access_log_close(struct access_log *log);

/* Lines are written to these from now on; returns when nothing is written to the
 * former ones any more. */
void access_log_reopen(struct access_log *log, const int fds[static LOG_STREAMS]);

/* Adds whole lines. When the writer cannot keep up they are dropped and counted,
 * and the log says how many were. */
void access_log_add(struct access_log *log, enum log_stream stream, struct span lines);

/* Lines dropped since the start. */
uint64_t access_log_dropped(struct access_log *log);
