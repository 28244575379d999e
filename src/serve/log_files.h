/* What --access-log and --error-log name, opened: by the keeper, which may. */
#pragma once

#include "serve/access_log.h"
#include "serve/serve.h"

/* By stream; -1: not kept. The caller's. Errors: those of open(2) and connect(2), -ENXIO for a FIFO
 * that nobody reads, with *ret_culprit set to the name, the options'. */
int log_files_open(const struct serve_options *options, int ret_fds[static LOG_STREAMS],
                   const char **ret_culprit) __attribute__((warn_unused_result));

/* Whether they could be opened, without making any; a file's folder is looked at where there is
 * none yet. Errors likewise. */
int log_files_check(const struct serve_options *options, const char **ret_culprit)
        __attribute__((warn_unused_result));

/* What is wrong, for people. */
const char *log_files_error(int error);

void log_files_close(int fds[static LOG_STREAMS]);

bool log_files_is_syslog(const struct serve_options *options);
