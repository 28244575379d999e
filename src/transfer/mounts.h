/* What is known of a mount, for the whole process: a small value by st_dev.
 * Touched by every thread without a lock; may forget. */
#pragma once

#include <stdint.h>

/* 0 to 3; 0: nothing is known. */
unsigned mounts_get(uint64_t device);
void mounts_set(uint64_t device, unsigned value);
