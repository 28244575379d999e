/* Threads that leave signals to the main one, but those of their own faults. */
#pragma once

#include <pthread.h>

/* attributes: as for pthread_create(3); NULL: the usual ones. 0, or -errno. */
int thread_start(pthread_t *ret_thread, const pthread_attr_t *attributes, void *(*run)(void *),
                 void *argument) __attribute__((warn_unused_result));
