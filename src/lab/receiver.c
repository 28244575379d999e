#include "lab/receiver.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "lab/digest.h"
#include "lab/protocol.h"
#include "lab/receiver_tls.h"

/* As a browser or wget(1) might read; larger does not make it faster. */
#define BUFFER_SIZE ((size_t)256 << 10)
#define DISCARD_MAX ((uint64_t)1 << 30)
#define EVENTS_MAX 64

struct stream {
        int fd;
        struct receiver_tls *tls; /* NULL: plain */
        uint64_t missing; /* bytes of the transfer under way */
        uint32_t transfers; /* still to be asked for */
        uint64_t asked_ns;
        bool begun; /* its first byte is there */
        struct digest digest;
};

struct job {
        struct protocol_job wanted;
        struct protocol_result result;
        struct stream *streams;
        uint32_t unfinished; /* streams */
        int silence_ms; /* that ends a job */
        unsigned char *buffer;
};

ssize_t receiver_discard(int fd, size_t length)
{
        /* Not recv(3): a sanitizer would have it write length bytes somewhere. */
        return syscall(SYS_recvfrom, fd, NULL, length, MSG_TRUNC, NULL, NULL);
}

static int ask(struct stream *stream, uint64_t size_bytes)
{
        struct protocol_request request = {.size_bytes = size_bytes};
        stream->missing = size_bytes;
        stream->transfers--;
        stream->begun = false;
        stream->asked_ns = clock_monotonic_ns();
        return stream->tls ? receiver_tls_write(stream->tls, &request, sizeof(request))
                           : protocol_write(stream->fd, &request, sizeof(request));
}

/* As recv(2), but with -errno. */
static ssize_t receive(struct job *job, struct stream *stream, size_t length)
{
        if (stream->tls)
                return receiver_tls_read(stream->tls, job->buffer, length);
        ssize_t n = job->wanted.discard ? receiver_discard(stream->fd, length)
                                        : recv(stream->fd, job->buffer, length, 0);
        return n < 0 ? -errno : n;
}

/* Bytes taken; 0 when a full round of them would block. */
static ssize_t take(struct job *job, struct stream *stream)
{
        uint64_t most = job->wanted.discard ? DISCARD_MAX : BUFFER_SIZE;
        size_t length = (size_t)(stream->missing < most ? stream->missing : most);
        ssize_t n = receive(job, stream, length);

        if (n == 0)
                return -ECONNRESET;
        if (n < 0)
                return n == -EINTR ? 0 : n;
        if (!stream->begun) {
                job->result.first_byte_ns += clock_monotonic_ns() - stream->asked_ns;
                job->result.first_bytes++;
                stream->begun = true;
        }
        if (job->wanted.hash)
                digest_add(&stream->digest, job->buffer, (size_t)n);
        job->result.received_bytes += (uint64_t)n;
        stream->missing -= (uint64_t)n;
        return n;
}

static bool is_finished(const struct stream *stream)
{
        return stream->missing == 0 && stream->transfers == 0;
}

/* Takes what is there and asks for the next transfer. A blocking stream ends
 * finished; any other one perhaps with nothing to take. */
static int drive(struct job *job, struct stream *stream)
{
        for (;;) {
                if (is_finished(stream)) {
                        job->unfinished--;
                        return 0;
                }
                ssize_t n = 0;
                if (stream->missing == 0)
                        n = ask(stream, job->wanted.size_bytes);
                else
                        n = take(job, stream);
                if (n == -EAGAIN)
                        return 0;
                if (n < 0)
                        return (int)n;
        }
}

static int watch(struct job *job, int epoll_fd)
{
        for (uint32_t i = 0; i < job->wanted.connections; i++) {
                struct stream *stream = &job->streams[i];
                struct epoll_event event = {.events = EPOLLIN, .data.ptr = stream};
                if (fcntl(stream->fd, F_SETFL, O_NONBLOCK) < 0 ||
                    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, stream->fd, &event) < 0)
                        return -errno;
        }
        return 0;
}

static int take_all_of_many(struct job *job)
{
        struct epoll_event events[EVENTS_MAX];
        cleanup_fd int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (epoll_fd < 0)
                return -errno;
        int r = watch(job, epoll_fd);
        for (uint32_t i = 0; r == 0 && i < job->wanted.connections; i++)
                r = ask(&job->streams[i], job->wanted.size_bytes);
        while (r == 0 && job->unfinished > 0) {
                int count = epoll_wait(epoll_fd, events, EVENTS_MAX, job->silence_ms);
                if (count == 0)
                        return -ETIMEDOUT;
                if (count < 0 && errno != EINTR)
                        return -errno;
                for (int i = 0; r == 0 && i < count; i++) {
                        struct stream *stream = events[i].data.ptr;
                        r = drive(job, stream);
                        /* The sender closes all when it is through: the end of
                         * this one is no event. */
                        if (r == 0 && is_finished(stream))
                                (void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, stream->fd, NULL);
                }
        }
        return r;
}

static int take_all(struct job *job)
{
        uint64_t began = clock_monotonic_ns();
        int r = job->wanted.connections == 1 ? drive(job, job->streams) : take_all_of_many(job);
        job->result.wall_ns = clock_monotonic_ns() - began;
        for (uint32_t i = 0; i < job->wanted.connections; i++)
                job->result.digest += digest_value(&job->streams[i].digest);
        /* A single stream blocks: it ends unfinished when its time is over. */
        return r == 0 && job->unfinished > 0 ? -ETIMEDOUT : r;
}

/* The next data connection. */
static int accept_stream(int listen_fd, struct stream *stream, int silence_ms, bool tls)
{
        struct pollfd ready = {.fd = listen_fd, .events = POLLIN};
        enum protocol_role role;

        int count = poll(&ready, 1, silence_ms);
        if (count <= 0)
                return count == 0 ? -ETIMEDOUT : -errno;
        stream->fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (stream->fd < 0)
                return -errno;
        int r = protocol_set_timeout(stream->fd, (uint64_t)silence_ms);
        if (r == 0)
                r = protocol_read_hello(stream->fd, &role);
        if (r < 0)
                return r;
        if (role != PROTOCOL_DATA)
                return -EPROTO;
        return tls ? receiver_tls_open(&stream->tls, stream->fd) : 0;
}

static int do_job(int listen_fd, struct job *job)
{
        int r = 0;
        job->streams = calloc(job->wanted.connections, sizeof(*job->streams));
        if (!job->streams)
                return -ENOMEM;
        job->unfinished = job->wanted.connections;
        for (uint32_t i = 0; i < job->wanted.connections; i++) {
                job->streams[i] = (struct stream){.fd = -1, .transfers = job->wanted.transfers};
                digest_init(&job->streams[i].digest);
        }
        for (uint32_t i = 0; r == 0 && i < job->wanted.connections; i++)
                r = accept_stream(listen_fd, &job->streams[i], job->silence_ms, job->wanted.tls);
        if (r == 0)
                r = take_all(job);
        for (uint32_t i = 0; i < job->wanted.connections; i++) {
                receiver_tls_close(job->streams[i].tls);
                fd_close(&job->streams[i].fd);
        }
        free(job->streams);
        return r;
}

/* Who has begun to speak may be silent for no longer than any peer. */
static int silence_of(uint64_t idle_ms)
{
        return idle_ms && idle_ms < PROTOCOL_TIMEOUT_MS ? (int)idle_ms : PROTOCOL_TIMEOUT_MS;
}

/* For the lab to say something. -ETIMEDOUT: it did not. */
static int wait_for_lab(int control_fd, uint64_t idle_ms)
{
        struct pollfd next = {.fd = control_fd, .events = POLLIN};
        int count = poll(&next, 1, idle_ms && idle_ms < INT_MAX ? (int)idle_ms : -1);
        if (count < 0)
                return errno == EINTR ? 0 : -errno;
        return count == 0 ? -ETIMEDOUT : 0;
}

static int serve_jobs(int listen_fd, int control_fd, uint64_t idle_ms, unsigned char *buffer)
{
        for (;;) {
                struct job job = {.buffer = buffer, .silence_ms = silence_of(idle_ms)};
                int r = wait_for_lab(control_fd, idle_ms);
                if (r < 0)
                        return r;
                r = protocol_read(control_fd, &job.wanted, sizeof(job.wanted));
                if (r < 0)
                        return r == -ECONNRESET ? 0 : r;
                if (!protocol_job_is_sane(&job.wanted))
                        return -EPROTO;
                job.result.error = do_job(listen_fd, &job);
                r = protocol_write(control_fd, &job.result, sizeof(job.result));
                if (r < 0)
                        return r;
        }
}

int receiver_serve(int listen_fd, uint64_t idle_ms)
{
        enum protocol_role role;
        cleanup_fd int control_fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (control_fd < 0)
                return -errno;
        int r = protocol_set_timeout(control_fd, (uint64_t)silence_of(idle_ms));
        if (r == 0)
                r = wait_for_lab(control_fd, idle_ms);
        if (r == 0)
                r = protocol_read_hello(control_fd, &role);
        if (r < 0)
                return r;
        if (role != PROTOCOL_CONTROL)
                return -EPROTO;
        unsigned char *buffer = malloc(BUFFER_SIZE);
        if (!buffer)
                return -ENOMEM;
        r = serve_jobs(listen_fd, control_fd, idle_ms, buffer);
        free(buffer);
        return r;
}
