/* What the test files hold: bytes that depend on their offset alone, so that
 * any byte from a wrong place is seen. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits, over a stream in any pieces. Start with HASH_START. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t hash_add(uint64_t hash, const void *data, size_t length);

/* The bytes that a file has at offset. */
void pattern_fill(void *buffer, uint64_t offset, size_t length);

/* The hash of length bytes from offset on. */
uint64_t pattern_hash(uint64_t offset, uint64_t length);

/* Writes the pattern into fd. Fails the test on an error. */
void pattern_write(int fd, uint64_t offset, uint64_t length);

/* A new file of size bytes in the working directory, already unlinked, open
 * for reading and writing. */
int pattern_file(uint64_t size);

/* The same with a name, which the caller unlinks. path: "...XXXXXX". */
int pattern_named_file(char *path, uint64_t size);
