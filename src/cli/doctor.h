/* `sluice doctor [PATH] [--json]`: what this kernel, file system and socket
 * offer, what it means, and what to do where something is missing. */
#pragma once

#include <stdbool.h>

/* Examines path and prints to standard output. The exit code: 0 when path can
 * be served, 1 when it cannot (said on standard error). */
int doctor_examine(const char *path, bool json);
