/* What this kernel, file system and socket can do. Gathered by system calls in
 * facts.c; everything that decides (choose.c, the methods' supports) is pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "transfer/account.h"
#include "transfer/residency.h"

enum out_kind {
        OUT_TCP,
        OUT_UNIX,
        OUT_PIPE,
        OUT_OTHER_SOCKET,
        OUT_OTHER,
        OUT_SINK,
};

/* As out_fd of facts_probe(): the bytes go to a sink. */
#define FACTS_SINK (-2)

struct sluice_facts {
        enum out_kind out_kind;
        bool out_is_socket;
        bool peer_is_local; /* loopback or unix: the kernel copies what it is asked to pin */
        bool out_zerocopy; /* SO_ZEROCOPY is known */
        bool out_encrypts; /* the kernel does, on this socket (kTLS) */
        uint64_t file_size; /* bytes, when asked */
        uint64_t file_device; /* st_dev */
        uint64_t file_system; /* f_type of statfs(2) */
        enum residency_way residency;
        int uring_error; /* why io_uring cannot be used, a negative errno value; 0 too where it
                            was not asked: only sluice_facts_probe() does */
        uint32_t direct_align; /* bytes, for O_DIRECT's offsets and lengths; 0: not supported */
        uint32_t direct_memory_align; /* bytes, for O_DIRECT's buffers */
};

/* Fills *ret. Calls are counted in account. Errors: as sluice_facts_probe(). */
int facts_probe(struct account *account, int file_fd, int out_fd, struct sluice_facts *ret)
        __attribute__((warn_unused_result));

/* What O_DIRECT asks of offsets and lengths, and of memory, in bytes.
 * -EOPNOTSUPP when the file refuses it or its file system does not say;
 * those of statx(2). */
int facts_direct_alignment(struct account *account, int file_fd, uint32_t *ret_align,
                           uint32_t *ret_memory_align) __attribute__((warn_unused_result));

/* Whether the kernel's TLS sits on the socket: what is sent goes out as records. */
bool facts_out_encrypts(struct account *account, int out_fd);
#define FACTS_ENCRYPTED \
        "the kernel encrypts what this socket sends (kTLS): it takes no pages of ours"

/* What an error of io_uring means, in words; static. NULL for 0. */
const char *facts_uring_why_not(int error);
