/* What an answer of a server costs when its body is in memory and goes out with
 * its head in one send(2), and what when the body comes by sendfile(2) behind
 * the head. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lab/source.h"

#define SMALL_BODIES_SIZES 7 /* 4 KiB, doubled each time */
#define SMALL_BODIES_RUNS 45

struct small_body {
        uint64_t size_bytes;
        double memory_seconds[SMALL_BODIES_RUNS]; /* CPU of an answer */
        double sendfile_seconds[SMALL_BODIES_RUNS];
};

/* The answers go over loopback to a process that throws them away. cores: of
 * the sender and of the receiver, -1: not bound. source: of 16 MiB or so, in
 * the page cache. Errors: -ENOMEM, those of sockets and fork(2). */
int small_bodies_measure(struct small_body ret[static SMALL_BODIES_SIZES],
                         const struct source *source, const int cores[static 2], uint64_t seed)
        __attribute__((warn_unused_result));
