/* What is known of an open file from one transfer to the next. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sluice.h"

/* So many blocks of RESIDENCY_WINDOW_MAX are remembered: 4 GiB of a file. */
#define SOURCE_BLOCKS_MAX 512

/* What is in memory now may be gone soon: so long it is believed without asking again. */
#define SOURCE_BELIEVED_NS UINT64_C(1000000000)

struct source_block {
        uint64_t index; /* of the block, counted from 1; 0: nothing is known */
        uint64_t asked_ns;
        /* What of it was found in memory since then: all of it, or what a transfer found
         * ahead of itself, which the next ones need not ask for. Empty: nothing. */
        uint64_t from, until;
};

struct sluice_source {
        int fd; /* borrowed */
        uint64_t device; /* st_dev */
        uint64_t size; /* when it was opened: its last block ends there */
        size_t block_count; /* places in blocks */
        struct source_block blocks[];
};

/* The place of the block at index (from 0). *ret_known: what it says is of that
 * block, and recent. NULL: another block has the place, and is still believed. */
struct source_block *source_block(struct sluice_source *source, uint64_t index, uint64_t now_ns,
                                  bool *ret_known);

/* [from, until), which begins in the block, has been found in memory. */
void source_block_found(struct source_block *block, uint64_t from, uint64_t until);
