/* Signals, out of a descriptor (signalfd(2)). Only the keeper acts on them; a serving process
 * passes on what it is sent alone, by whoever took it for the server: pidof(1) does. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "serve/control.h"

/* The keeper's: all that it acts on, SIGCHLD too. 0 or -errno. */
int signals_open(int *ret_fd) __attribute__((warn_unused_result));

/* A serving process's: all that it passes on, blocked for the threads to come. */
int signals_open_serving(int *ret_fd) __attribute__((warn_unused_result));

/* Tells the keeper of the one that has come. */
void signals_pass_on(int fd, int control);

/* The one that a serving process tells of; 0: it tells of something else. */
int signals_passed_on(enum control_message message);

/* What was acted on last. */
struct signals_last {
        int number;
        bool passed_on;
        uint64_t at_ns;
};

/* Whether the signal is only the other half of one that was sent to the keeper and to its
 * child, as systemctl(1) and killall(1) do. Else it is the last from now on. */
bool signals_is_same(struct signals_last *last, int number, bool passed_on, uint64_t now_ns);
