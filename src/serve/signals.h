/* What the keeper is sent comes out of a descriptor (signalfd(2)); its children leave
 * signals to it. */
#pragma once

/* The keeper's: all that it acts on, SIGCHLD too. 0 or -errno. */
int signals_open(int *ret_fd) __attribute__((warn_unused_result));

/* A child's: only the keeper acts on signals, for those to the whole group would count
 * twice. */
void signals_leave(void);
