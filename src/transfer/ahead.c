#include "transfer/ahead.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "base/number.h"

/* No order is kept among the three: a window too large or too small is soon sent. */
static _Atomic uint64_t limit = UINT64_MAX;
static _Atomic uint64_t held_by_all;
static _Atomic uint64_t holders;

static uint64_t load(const _Atomic uint64_t *number)
{
        return atomic_load_explicit(number, memory_order_relaxed);
}

void ahead_set_limit(uint64_t bytes)
{
        atomic_store_explicit(&limit, bytes, memory_order_relaxed);
}

uint64_t ahead_limit(void)
{
        return load(&limit);
}

uint64_t ahead_held(void)
{
        return load(&held_by_all);
}

static void set_held(struct ahead *ahead, uint64_t held)
{
        bool holds = held > 0, held_before = ahead->held > 0;

        /* Unsigned, so that what becomes less wraps around to less. */
        (void)atomic_fetch_add_explicit(&held_by_all, held - ahead->held, memory_order_relaxed);
        if (holds != held_before)
                (void)atomic_fetch_add_explicit(&holders, holds ? 1 : UINT64_MAX,
                                                memory_order_relaxed);
        ahead->held = held;
}

void ahead_settle(struct ahead *ahead, uint64_t offset)
{
        uint64_t left = ahead->end > offset ? ahead->end - offset : 0;
        if (left < ahead->held)
                set_held(ahead, left);
}

uint64_t ahead_fit(const struct ahead *ahead, uint64_t window, uint64_t *behind)
{
        const uint64_t most = load(&limit), others = load(&held_by_all) - ahead->held;
        const uint64_t count = load(&holders) + (ahead->held == 0);
        const uint64_t room = most > others ? number_least(most - others, most / count) : 0;
        const uint64_t wanted = *behind;

        while (window > AHEAD_WINDOW_MIN && window + number_least(wanted, window * 2) > room)
                window /= 2;
        *behind = window < room ? number_least(number_least(wanted, window * 2), room - window) : 0;
        return window;
}

void ahead_hold(struct ahead *ahead, uint64_t offset, uint64_t length)
{
        ahead->end = offset + length;
        set_held(ahead, length);
}

void ahead_done(struct ahead *ahead)
{
        set_held(ahead, 0);
}
