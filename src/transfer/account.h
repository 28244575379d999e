/* What a transfer cost: bytes, system calls, copies, fall-backs. Counted where
 * it happens, never estimated. */
#pragma once

#include <stdint.h>

#include "sluice.h"

enum call {
#define CALL(name) CALL_##name,
#include "transfer/calls.def"
#undef CALL
        CALL_COUNT,
};

enum method_index {
#define METHOD(name) METHOD_INDEX_##name,
#include "transfer/methods.def"
#undef METHOD
        METHOD_COUNT,
};

struct account {
        /* SLUICE_SYSTEM_CALLS is not kept here: it is the sum of calls. */
        uint64_t counts[SLUICE_COUNTERS];
        uint64_t calls[CALL_COUNT];
};

static inline void account_add(struct account *account, enum sluice_counter counter, uint64_t n)
{
        account->counts[counter] += n;
}

uint64_t account_count(const struct account *account, enum sluice_counter counter);

/* The name of a call as strace(1) prints it; NULL from CALL_COUNT on. */
const char *account_call_name(size_t call);

/* Adds a finished transfer to the process's totals. Safe from any thread. */
void account_publish(const struct account *account, enum method_index method);

/* The same for calls made outside any transfer (a probe, a warm-up). */
void account_publish_calls(const struct account *account);

/* One counter of the process's totals for one method. */
uint64_t account_process_count(enum method_index method, enum sluice_counter counter);
