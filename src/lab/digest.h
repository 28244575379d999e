/* A hash that keeps up with a memory bus, to see whether bytes arrived as they
 * were sent. It finds accidents, not forgery. However the bytes are cut into
 * pieces, the result is the same. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct digest {
        uint64_t state;
        uint64_t pending; /* bytes of a word not yet complete, lowest first */
        uint64_t length;
};

void digest_init(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t length);
uint64_t digest_value(const struct digest *digest);
