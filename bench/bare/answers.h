/* What the bare servers answer with: every file beneath a folder, opened once,
 * with its head ready-made. No HTTP beyond what the bench asks for: a GET of a
 * known path, whole or one range. These are yardsticks, not servers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#define ANSWER_HEAD_SIZE 320

struct answer_file {
        char *path; /* beneath the root, no leading slash */
        int fd;
        uint64_t size;
        char *whole; /* head, and behind it the body when it is kept in memory */
        size_t head_length;
        bool in_memory;
        UT_hash_handle hh;
};

struct answers {
        struct answer_file *files; /* by path */
};

/* One answer: a head, then length bytes of a file from offset. */
struct answer {
        const struct answer_file *file;
        uint64_t offset;
        uint64_t length;
        const char *head;
        size_t head_length;
        char range_head[ANSWER_HEAD_SIZE];
};

/* Opens every regular file beneath root; those of at most memory_max bytes are
 * read behind their heads. 0 or -errno. */
int answers_load(struct answers *ret_answers, const char *root, uint64_t memory_max);
void answers_done(struct answers *answers);

/* Length of the request head that data begins with; 0 when not complete. */
size_t answers_head_length(const char *data, size_t length);

/* Plans the answer to a request head. false: nothing that the bench asks. */
bool answers_find(const struct answers *answers, const char *data, size_t length,
                  struct answer *ret_answer);

/* A listening socket on 127.0.0.1 with TCP_NODELAY and congestion control cubic,
 * which accepted ones inherit. The descriptor, or -errno. */
int answers_listen(uint16_t port, bool blocking);
