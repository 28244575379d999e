#include "lab/protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TRANSFERS_MAX (1U << 24)
#define SIZE_MAX_BYTES (UINT64_C(1) << 44)

struct hello {
        char name[12]; /* of the protocol, with its version */
        uint32_t role;
};

static const char protocol_name[12] = "sluice-lab/2";

static int error_of(ssize_t n)
{
        if (n == 0)
                return -ECONNRESET;
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
}

int protocol_write(int fd, const void *message, size_t length)
{
        const char *from = message;
        while (length > 0) {
                ssize_t n = send(fd, from, length, MSG_NOSIGNAL);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return error_of(n);
                from += n;
                length -= (size_t)n;
        }
        return 0;
}

int protocol_read(int fd, void *message, size_t length)
{
        char *to = message;
        while (length > 0) {
                ssize_t n = recv(fd, to, length, 0);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return error_of(n);
                to += n;
                length -= (size_t)n;
        }
        return 0;
}

int protocol_read_hello(int fd, enum protocol_role *ret_role)
{
        struct hello hello;
        int r = protocol_read(fd, &hello, sizeof(hello));
        if (r < 0)
                return r;
        if (memcmp(hello.name, protocol_name, sizeof(hello.name)) != 0 ||
            (hello.role != PROTOCOL_CONTROL && hello.role != PROTOCOL_DATA))
                return -EPROTO;
        *ret_role = hello.role;
        return 0;
}

int protocol_set_timeout(int fd, uint64_t limit_ms)
{
        struct timeval limit = {
                .tv_sec = (time_t)(limit_ms / 1000),
                .tv_usec = (suseconds_t)(limit_ms % 1000 * 1000),
        };
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
                return -errno;
        return 0;
}

static int write_hello(int fd, enum protocol_role role)
{
        struct hello hello = {.role = role};
        memcpy(hello.name, protocol_name, sizeof(hello.name));
        return protocol_write(fd, &hello, sizeof(hello));
}

/* A call with a time limit is not restarted by the kernel, signal(7), and needs no
 * signal to be interrupted: what is left of a closed io_uring(7) is cleared away
 * in its process, whatever that waits for. Asked again, connect(2) goes on waiting
 * for the same connection. */
static int connect_within_limit(int fd, const struct address *address)
{
        int r;
        do
                r = connect(fd, (const struct sockaddr *)&address->storage, address->length);
        while (r < 0 && errno == EINTR);
        if (r == 0)
                return 0;
        /* What it says at the limit, the first time and when asked again. */
        return errno == EINPROGRESS || errno == EALREADY ? -ETIMEDOUT : -errno;
}

int protocol_connect(int fd, const struct address *address, enum protocol_role role)
{
        int r = protocol_set_timeout(fd, PROTOCOL_TIMEOUT_MS);
        if (r == 0)
                r = connect_within_limit(fd, address);
        return r < 0 ? r : write_hello(fd, role);
}

bool protocol_job_is_sane(const struct protocol_job *job)
{
        return job->connections > 0 && job->connections <= PROTOCOL_CONNECTIONS_MAX &&
               job->transfers > 0 && job->transfers <= TRANSFERS_MAX && job->size_bytes > 0 &&
               job->size_bytes <= SIZE_MAX_BYTES && !(job->discard && job->hash) &&
               !(job->discard && job->tls) && job->reserved == 0;
}
