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

/* Takes the descriptors (all become -1, but not on failure); -1: that stream is not
 * kept. names: borrowed. syslog: the access log's is a socket that takes a line a
 * message (RFC 3164). Errors: -ENOMEM, those of pthread_create(3). */
int access_log_open(struct access_log **ret_log, int fds[static LOG_STREAMS],
                    const char *const names[static LOG_STREAMS], bool syslog)
        __attribute__((warn_unused_result));

/* Writes what is left, then frees. False: nobody reads it, so its thread still waits in
 * write(2), and only the process's end will free it. */
bool access_log_close(struct access_log *log);

/* Lines are written to these, which it takes, from now on. Does not wait: the former ones
 * are closed when nothing is written to them any more. */
void access_log_reopen(struct access_log *log, int fds[static LOG_STREAMS]);

/* Adds whole lines. When the writer cannot keep up they are dropped and counted,
 * and the log says how many were. What cannot be written is lost; the error log says so
 * once, and when it is over. */
void access_log_add(struct access_log *log, enum log_stream stream, struct span lines);

/* Lines dropped since the start. */
uint64_t access_log_dropped(struct access_log *log);
