/* The access log: one line a response, in order of completion. Workers hand
 * their lines over; one thread writes them, so that a slow terminal or a full
 * disk never holds a response up. */
#pragma once

#include <stdint.h>

#include "base/span.h"

struct access_log;

/* fd is borrowed. Errors: -ENOMEM, those of pthread_create(3). */
int access_log_open(struct access_log **ret_log, int fd) __attribute__((warn_unused_result));

/* Writes what is left, then frees. */
void access_log_close(struct access_log *log);

/* Adds whole lines. When the writer cannot keep up they are dropped and counted,
 * and the log says how many were. */
void access_log_add(struct access_log *log, struct span lines);
