/* One file to one connection, blocking, in a bare loop: what the ways of sending
 * themselves cost.
 *
 * bare_bulk copy|mmap|sendfile ROOT PORT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bare/answers.h"
#include "base/fd.h"

#define COPY_SIZE ((size_t)64 << 10)
#define STEP_MAX ((size_t)2 << 20)

typedef int (*sender)(int out_fd, const struct answer_file *file);

static int write_all(int out_fd, const char *data, size_t length, int flags)
{
        while (length > 0) {
                ssize_t n = send(out_fd, data, length, MSG_NOSIGNAL | flags);
                if (n < 0)
                        return -errno;
                data += n;
                length -= (size_t)n;
        }
        return 0;
}

static int send_by_copy(int out_fd, const struct answer_file *file)
{
        static char buffer[COPY_SIZE];
        off_t offset = 0;
        ssize_t n;
        while ((n = pread(file->fd, buffer, sizeof(buffer), offset)) > 0) {
                int r = write_all(out_fd, buffer, (size_t)n, 0);
                if (r < 0)
                        return r;
                offset += n;
        }
        return n < 0 ? -errno : 0;
}

static int send_by_mmap(int out_fd, const struct answer_file *file)
{
        char *map = mmap(NULL, file->size, PROT_READ, MAP_SHARED, file->fd, 0);
        if (map == MAP_FAILED)
                return -errno;
        int r = 0;
        for (uint64_t done = 0; r == 0 && done < file->size; done += STEP_MAX) {
                uint64_t left = file->size - done;
                r = write_all(out_fd, map + done, left < STEP_MAX ? left : STEP_MAX, 0);
        }
        (void)munmap(map, file->size);
        return r;
}

static int send_by_sendfile(int out_fd, const struct answer_file *file)
{
        off_t offset = 0;
        while ((uint64_t)offset < file->size) {
                uint64_t left = file->size - (uint64_t)offset;
                ssize_t n = sendfile(out_fd, file->fd, &offset, left < STEP_MAX ? left : STEP_MAX);
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
        }
        return 0;
}

static const struct {
        const char *name;
        sender send;
} senders[] = {
        {"copy", send_by_copy},
        {"mmap", send_by_mmap},
        {"sendfile", send_by_sendfile},
};

static sender sender_find(const char *name)
{
        for (size_t i = 0; i < sizeof(senders) / sizeof(*senders); i++) {
                if (strcmp(senders[i].name, name) == 0)
                        return senders[i].send;
        }
        return NULL;
}

static void serve_one(int fd, const struct answers *answers, sender send_file)
{
        char request[1024];
        for (ssize_t n; (n = recv(fd, request, sizeof(request), 0)) > 0;) {
                struct answer answer;
                if (answers_head_length(request, (size_t)n) == 0 ||
                    !answers_find(answers, request, (size_t)n, &answer) ||
                    write_all(fd, answer.head, answer.head_length, MSG_MORE) < 0 ||
                    send_file(fd, answer.file) < 0)
                        return;
        }
}

int main(int argc, char **argv)
{
        sender send_file = argc == 4 ? sender_find(argv[1]) : NULL;
        if (!send_file) {
                fputs("usage: bare_bulk copy|mmap|sendfile ROOT PORT\n", stderr);
                return 2;
        }
        (void)signal(SIGPIPE, SIG_IGN);
        struct answers answers;
        int r = answers_load(&answers, argv[2], 0);
        cleanup_fd int listener =
                r < 0 ? r : answers_listen((uint16_t)strtoul(argv[3], NULL, 10), true);
        if (listener < 0) {
                fprintf(stderr, "bare_bulk: %s\n", strerror(-listener));
                return 1;
        }
        for (;;) {
                cleanup_fd int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                if (fd >= 0)
                        serve_one(fd, &answers, send_file);
        }
}
