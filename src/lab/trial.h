/* One small transfer over loopback, to have real counts of a method. */
#pragma once

#include "lab/path.h"
#include "lab/setting.h"
#include "sluice.h"

#define TRIAL_BYTES (UINT64_C(4) << 20)
#define TRIAL_CALLS_MAX 64

struct trial {
        struct path_counts counts; /* points into calls */
        struct path_call calls[TRIAL_CALLS_MAX];
};

/* A file of TRIAL_BYTES without a name, in memory and on its disk, in the current
 * folder or, where that cannot be written to, in /tmp; *ret_folder (static) says
 * where. Errors: those of open(2) and write(2). */
int trial_file(int *ret_fd, const char **ret_folder) __attribute__((warn_unused_result));

/* Sends the file with the setting's method and no other, from a buffer of its size (0: the
 * method's own), encrypted or not. -EOPNOTSUPP: it cannot; *ret_why_not (static) says why.
 * -ETIMEDOUT: no end in five seconds. Other errors: those of the sockets, of TLS, and of
 * sluice_error(). */
int trial_run(struct trial *ret_trial, int file_fd, const struct lab_setting *setting,
              const char **ret_why_not) __attribute__((warn_unused_result));
