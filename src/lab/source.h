/* The file that is sent: made in a folder of the user's, without a name, so
 * that it is gone when the lab is, however it ends. */
#pragma once

#include <stdint.h>

#include "lab/setting.h"

struct source {
        int fd; /* opened for reading only */
        uint64_t size_bytes;
};

/* Writes size_bytes that repeat nowhere near to a new file in the folder and
 * waits until the disk has them. Errors: those of open(2), write(2), fsync(2);
 * -ENOSPC before anything is written where that can be known. */
int source_open(struct source *ret, const char *folder, uint64_t size_bytes, uint64_t seed)
        __attribute__((warn_unused_result));
void source_close(struct source *source);

/* The place of a transfer: they lie behind one another, round and round. */
uint64_t source_offset(const struct source *source, uint64_t size_bytes, uint64_t index);

/* Brings the file's first bytes into the page cache, and what the kernel might read
 * ahead of them; or all of it out. */
int source_set_cache(const struct source *source, enum lab_cache cache, uint64_t bytes)
        __attribute__((warn_unused_result));

/* Bytes of a file in the page cache. -ENOSYS before Linux 6.5. cachestat(2). */
int source_cached_bytes(int fd, uint64_t *ret_bytes);

/* What the receiver's digest must be: the sum over the connections, each of
 * which gets transfers of size_bytes. Errors: those of pread(2), -ENOMEM. */
int source_digest(const struct source *source, const struct lab_setting *setting,
                  uint32_t transfers, uint64_t *ret_digest) __attribute__((warn_unused_result));
