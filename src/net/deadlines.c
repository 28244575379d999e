#include "net/deadlines.h"

#include <limits.h>
#include <stddef.h>

#include "base/clock.h"

void deadlines_init(struct deadlines *deadlines)
{
        *deadlines = (struct deadlines){0};
        for (unsigned kind = 0; kind < DEADLINE_CLASSES_MAX; kind++)
                TAILQ_INIT(&deadlines->queues[kind]);
}

void deadlines_set_duration(struct deadlines *deadlines, unsigned kind, uint64_t duration_ns)
{
        deadlines->durations_ns[kind] = duration_ns;
}

void deadline_clear(struct deadlines *deadlines, struct deadline *deadline)
{
        if (deadline->at_ns == 0)
                return;
        TAILQ_REMOVE(&deadlines->queues[deadline->kind], deadline, queue);
        deadline->at_ns = 0;
}

void deadline_set(struct deadlines *deadlines, struct deadline *deadline, unsigned kind,
                  uint64_t now_ns)
{
        deadline_clear(deadlines, deadline);
        if (deadlines->durations_ns[kind] == 0)
                return;
        deadline->kind = kind;
        deadline->at_ns = now_ns + deadlines->durations_ns[kind];
        TAILQ_INSERT_TAIL(&deadlines->queues[kind], deadline, queue);
}

struct deadline *deadlines_pop(struct deadlines *deadlines, uint64_t now_ns)
{
        for (unsigned kind = 0; kind < DEADLINE_CLASSES_MAX; kind++) {
                struct deadline *first = TAILQ_FIRST(&deadlines->queues[kind]);
                if (first && first->at_ns <= now_ns) {
                        deadline_clear(deadlines, first);
                        return first;
                }
        }
        return NULL;
}

int deadlines_next_ms(const struct deadlines *deadlines, uint64_t now_ns)
{
        uint64_t next_ns = UINT64_MAX;
        for (unsigned kind = 0; kind < DEADLINE_CLASSES_MAX; kind++) {
                const struct deadline *first = TAILQ_FIRST(&deadlines->queues[kind]);
                if (first && first->at_ns < next_ns)
                        next_ns = first->at_ns;
        }
        if (next_ns == UINT64_MAX)
                return -1;
        if (next_ns <= now_ns)
                return 0;
        uint64_t ms = (next_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
        return ms < INT_MAX ? (int)ms : INT_MAX;
}
