/* Deadlines of many connections. Each class has one fixed duration, so a class
 * is a queue in order of time, and to set, move or clear a deadline costs the
 * same however many there are. */
#pragma once

#include <stdint.h>
#include <sys/queue.h>

#define DEADLINE_CLASSES_MAX 10

struct deadline {
        TAILQ_ENTRY(deadline) queue;
        uint64_t at_ns; /* 0: not set */
        unsigned kind; /* its class, while set */
};

TAILQ_HEAD(deadline_queue, deadline);

struct deadlines {
        struct deadline_queue queues[DEADLINE_CLASSES_MAX];
        uint64_t durations_ns[DEADLINE_CLASSES_MAX]; /* 0: never */
};

void deadlines_init(struct deadlines *deadlines);
void deadlines_set_duration(struct deadlines *deadlines, unsigned kind, uint64_t duration_ns);

/* Sets or moves it: now + the class's duration. */
void deadline_set(struct deadlines *deadlines, struct deadline *deadline, unsigned kind,
                  uint64_t now_ns);
void deadline_clear(struct deadlines *deadlines, struct deadline *deadline);

/* Takes out one that has passed; NULL when there is none. */
struct deadline *deadlines_pop(struct deadlines *deadlines, uint64_t now_ns);

/* Milliseconds until the next one, rounded up; -1 for none: as epoll_wait(2)
 * wants it. */
int deadlines_next_ms(const struct deadlines *deadlines, uint64_t now_ns);
