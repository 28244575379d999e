/* Makes the N-th system call, or the N-th allocation, of the calling thread
 * fail: the linker puts the shim before libc (ld(1), --wrap). */
#pragma once

#include <stdbool.h>

enum shim_target {
        SHIM_SYSTEM_CALLS,
        SHIM_ALLOCATIONS,
};

/* The nth (from 1) of them fails with error from now on; once. */
void shim_arm(enum shim_target target, unsigned nth, int error);

/* Nothing fails any more. True when the nth was reached. */
bool shim_disarm(void);

/* The name of what failed last; "nothing" after arming. */
const char *shim_failed(void);
