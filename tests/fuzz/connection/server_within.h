/* The server in this process: a worker's real loop, on a small site and without the
 * sandbox, so that a fuzzer sees which code its bytes reach. */
#pragma once

#include <stdbool.h>

/* Every file's byte i is this. */
#define SERVED_BYTE(i) ((unsigned char)((i) % 251))

/* Once, at first use; it ends with the process. */
void server_within_start(void);

/* A connection of its own, non-blocking. behind_proxy: to a server that expects the
 * PROXY protocol. */
int server_within_connect(bool behind_proxy);
