/* The lab's own processes. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* As fork(2); the child dies with its parent, however that ends. */
pid_t process_fork(void);

/* In a new process: gives it a name, binds it to a core (-1: leaves it), and
 * ignores SIGPIPE. */
void process_prepare(const char *name, int core);

/* The cores this process may use: *ret_first and *ret_second are numbers, the
 * same when there is one only. Gives how many there are. */
unsigned process_cores(int *ret_first, int *ret_second);

/* Forgets the peak so far; gives the memory in use, in bytes, without what the
 * allocator keeps for later: what uses it again uses memory. proc_pid_clear_refs(5) */
uint64_t process_reset_peak_memory(void);
uint64_t process_peak_memory(void);
