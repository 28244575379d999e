#include "transfer/account.h"

#include <stdatomic.h>

static const char *const call_names[CALL_COUNT] = {
#define CALL(name) [CALL_##name] = #name,
#include "transfer/calls.def"
#undef CALL
};

static const char *const counter_names[SLUICE_COUNTERS] = {
        [SLUICE_BYTES_SENT] = "bytes_sent",
        [SLUICE_BYTES_COPIED_IN] = "bytes_copied_in",
        [SLUICE_BYTES_COPIED_OUT] = "bytes_copied_out",
        [SLUICE_BYTES_COPIED_BY_KERNEL] = "bytes_copied_by_kernel",
        [SLUICE_SYSTEM_CALLS] = "system_calls",
        [SLUICE_SHORT_WRITES] = "short_writes",
        [SLUICE_WAITS] = "waits",
        [SLUICE_FALLBACKS] = "fallbacks",
};

/* Touched once a transfer, at its end, so that no cache line is fought over
 * while bytes move. */
static struct {
        _Atomic uint64_t counts[METHOD_COUNT][SLUICE_COUNTERS];
        _Atomic uint64_t calls[CALL_COUNT];
} process;

static void add(_Atomic uint64_t *to, uint64_t n)
{
        if (n > 0)
                atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static uint64_t load(const _Atomic uint64_t *from)
{
        return atomic_load_explicit(from, memory_order_relaxed);
}

uint64_t account_count(const struct account *account, enum sluice_counter counter)
{
        if (counter != SLUICE_SYSTEM_CALLS)
                return account->counts[counter];

        uint64_t sum = 0;
        for (size_t i = 0; i < CALL_COUNT; i++)
                sum += account->calls[i];
        return sum;
}

const char *account_call_name(size_t call)
{
        return call < CALL_COUNT ? call_names[call] : NULL;
}

void account_publish(const struct account *account, enum method_index method)
{
        for (int i = 0; i < SLUICE_COUNTERS; i++)
                add(&process.counts[method][i], account_count(account, i));
        account_publish_calls(account);
}

void account_publish_calls(const struct account *account)
{
        for (size_t i = 0; i < CALL_COUNT; i++)
                add(&process.calls[i], account->calls[i]);
}

uint64_t account_process_count(enum method_index method, enum sluice_counter counter)
{
        return load(&process.counts[method][counter]);
}

const char *sluice_counter_name(enum sluice_counter counter)
{
        return (unsigned)counter < SLUICE_COUNTERS ? counter_names[counter] : NULL;
}

const char *sluice_process_calls(size_t index, uint64_t *ret_count)
{
        if (index >= CALL_COUNT)
                return NULL;
        *ret_count = load(&process.calls[index]);
        return call_names[index];
}
