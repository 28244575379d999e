#include "bare/answers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

/* The fields a real server sends, so that heads weigh the same. */
#define HEAD_FIELDS                                               \
        "Server: bare\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\n" \
        "Content-Type: application/octet-stream\r\n"              \
        "Last-Modified: Mon, 02 Jan 2006 15:04:05 GMT\r\n"        \
        "ETag: \"65a0f1c2-400\"\r\nAccept-Ranges: bytes\r\n"

static int file_fill(struct answer_file *file, uint64_t memory_max)
{
        file->in_memory = file->size <= memory_max;
        size_t body = file->in_memory ? (size_t)file->size : 0;
        file->whole = malloc(ANSWER_HEAD_SIZE + body);
        if (!file->whole)
                return -ENOMEM;
        file->head_length = (size_t)snprintf(file->whole, ANSWER_HEAD_SIZE,
                                             "HTTP/1.1 200 OK\r\n" HEAD_FIELDS
                                             "Content-Length: %" PRIu64 "\r\n\r\n",
                                             file->size);
        ssize_t n = pread(file->fd, file->whole + file->head_length, body, 0);
        return n == (ssize_t)body ? 0 : -EIO;
}

static int answers_add(struct answers *answers, const FTSENT *entry, size_t root_length,
                       uint64_t memory_max)
{
        struct answer_file *file = calloc(1, sizeof(*file));
        if (!file)
                return -ENOMEM;
        file->path = strdup(entry->fts_path + root_length);
        file->fd = open(entry->fts_accpath, O_RDONLY | O_CLOEXEC);
        file->size = (uint64_t)entry->fts_statp->st_size;
        int r = !file->path ? -ENOMEM : file->fd < 0 ? -errno : file_fill(file, memory_max);
        if (r < 0) {
                fd_close(&file->fd);
                free(file->path);
                free(file->whole);
                free(file);
                return r;
        }
        HASH_ADD_KEYPTR(hh, answers->files, file->path, strlen(file->path), file);
        return 0;
}

int answers_load(struct answers *ret_answers, const char *root, uint64_t memory_max)
{
        struct answers answers = {0};
        char *roots[] = {strdup(root), NULL};
        FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
        int r = tree ? 0 : -errno;
        for (FTSENT *entry; r == 0 && (entry = fts_read(tree));) {
                if (entry->fts_info == FTS_F)
                        r = answers_add(&answers, entry, strlen(root) + 1, memory_max);
        }
        if (tree)
                (void)fts_close(tree);
        free(roots[0]);
        if (r < 0) {
                answers_done(&answers);
                return r;
        }
        *ret_answers = answers;
        return 0;
}

void answers_done(struct answers *answers)
{
        struct answer_file *file, *next;
        HASH_ITER (hh, answers->files, file, next) {
                HASH_DEL(answers->files, file);
                fd_close(&file->fd);
                free(file->path);
                free(file->whole);
                free(file);
        }
}

size_t answers_head_length(const char *data, size_t length)
{
        const char *end = memmem(data, length, "\r\n\r\n", 4);
        return end ? (size_t)(end - data) + 4 : 0;
}

static bool range_read(const char *data, size_t length, uint64_t *ret_first, uint64_t *ret_last)
{
        static const char name[] = "\r\nRange: bytes=";
        const char *field = memmem(data, length, name, sizeof(name) - 1);
        if (!field)
                return false;
        char *behind;
        *ret_first = strtoull(field + sizeof(name) - 1, &behind, 10);
        *ret_last = strtoull(behind + 1, NULL, 10);
        return true;
}

bool answers_find(const struct answers *answers, const char *data, size_t length,
                  struct answer *ret_answer)
{
        if (length < 16 || memcmp(data, "GET /", 5) != 0)
                return false;
        const char *space = memchr(data + 5, ' ', length - 5);
        if (!space)
                return false;
        struct answer_file *file;
        HASH_FIND(hh, answers->files, data + 5, (size_t)(space - data - 5), file);
        if (!file)
                return false;

        ret_answer->file = file;
        ret_answer->offset = 0;
        ret_answer->length = file->size;
        ret_answer->head = file->whole;
        ret_answer->head_length = file->head_length;
        uint64_t first, last;
        if (!range_read(data, length, &first, &last))
                return true;
        if (first > last || last >= file->size)
                return false;
        ret_answer->offset = first;
        ret_answer->length = last - first + 1;
        ret_answer->head = ret_answer->range_head;
        ret_answer->head_length = (size_t)snprintf(
                ret_answer->range_head, ANSWER_HEAD_SIZE,
                "HTTP/1.1 206 Partial Content\r\n" HEAD_FIELDS "Content-Length: %" PRIu64
                "\r\nContent-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n\r\n",
                ret_answer->length, first, last, file->size);
        return true;
}

int answers_listen(uint16_t port, bool blocking)
{
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons(port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);
        if (fd < 0)
                return -errno;
        int on = 1;
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) < 0 ||
            bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4096) < 0) {
                int error = errno;
                fd_close(&fd);
                return -error;
        }
        return fd;
}
