/* What the serving process gives up before it starts its first thread: after
 * this, whoever took it over could read the shared folders and talk to the
 * clients that are there, and little else. Landlock (landlock(7)) for files and
 * networks, seccomp (seccomp(2)) for system calls. Neither can be undone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "files/root.h"

struct sandbox_needs {
        const struct root *const *roots; /* their folders, or their one files, stay readable */
        size_t root_count;
        bool io_uring; /* the method that was chosen wants it */
};

struct sandbox_result {
        int landlock_abi; /* of the kernel; 0: none */
        int landlock_error; /* 0, or -errno: not in force */
        int seccomp_error; /* the same */
};

/* Enters it as far as the kernel lets us, and says how far that was. Call it with
 * everything open and no second thread. */
void sandbox_enter(const struct sandbox_needs *needs, struct sandbox_result *ret_result);

#define SANDBOX_TEXT_SIZE 256

/* The same by the wish of --sandbox: "off" does nothing, "on" says on standard
 * error what is not to be had, "required" then gives -EPERM. described: what came
 * of it, for the banner. */
int sandbox_obey(const char *wish, const struct sandbox_needs *needs,
                 char described[static SANDBOX_TEXT_SIZE]) __attribute__((warn_unused_result));

/* The two parts. 0 or -errno; landlock_enter() gives the kernel's ABI in
 * *ret_abi. PR_SET_NO_NEW_PRIVS is set before. */
int landlock_enter(const struct root *const roots[], size_t count, int *ret_abi)
        __attribute__((warn_unused_result));
int seccomp_enter(bool io_uring) __attribute__((warn_unused_result));
