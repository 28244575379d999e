/* What a bench file holds: bytes that follow from its path and the offset
 * alone, so that whoever receives them can check them without the file (reading
 * a cold file to compare with would warm it). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The seed of the file at path (beneath the root, no leading slash). */
uint64_t content_seed(const char *path);

/* Writes the length bytes that stand at offset. */
void content_fill(uint64_t seed, uint64_t offset, unsigned char *out, size_t length);

/* Whether data are the length bytes that stand at offset. */
bool content_matches(uint64_t seed, uint64_t offset, const unsigned char *data, size_t length);
