/* The files to ask for, and the requests for them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define REQUEST_SIZE 512

struct target {
        char *path; /* beneath the root, no leading slash */
        uint64_t size;
        uint64_t seed; /* of its content */
};

struct targets {
        struct target *items;
        size_t count;
        size_t *order; /* a permutation, walked round and round */
        size_t next;
        uint64_t random;
};

/* One request and what the answer must be. */
struct order {
        const struct target *target;
        uint64_t offset;
        uint64_t length;
        int status; /* 200 or 206 */
};

/* Reads "SIZE PATH" lines; the order is random from seed, or the list's own when
 * seed is 0. Errors: errno of the file, -EINVAL (a bad line, or none). */
int targets_load(struct targets *ret_targets, const char *list, uint64_t seed);
void targets_done(struct targets *targets);

/* The next one in order; range > 0 asks for that many bytes at an offset drawn
 * from the seed. */
struct order targets_next(struct targets *targets, uint64_t range);

/* Writes the request; returns its length. */
size_t order_write(const struct order *order, char out[static REQUEST_SIZE]);
