#include "lab/small_bodies.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "lab/link.h"
#include "lab/plan.h"
#include "lab/process.h"
#include "lab/protocol.h"
#include "lab/receiver.h"
#include "net/address.h"

#define FIRST_SIZE ((uint64_t)4 << 10)
#define HEAD_BYTES 240 /* as serve's are */
#define ANSWERS 200 /* a run */
#define WAYS ((size_t)2 * SMALL_BODIES_SIZES)

/* Shared by the processes. */
struct shared {
        int error;
        struct small_body bodies[SMALL_BODIES_SIZES];
};

struct sending {
        int fd;
        const struct source *source;
        unsigned char *memory; /* as large as the source, and a head */
        uint64_t next; /* place, as in source_offset(): no body is in the CPU's cache */
};

static int answer_from_memory(struct sending *sending, uint64_t size)
{
        uint64_t offset = source_offset(sending->source, size, sending->next++);
        return protocol_write(sending->fd, sending->memory + offset, HEAD_BYTES + size);
}

static int answer_by_sendfile(struct sending *sending, uint64_t size)
{
        ssize_t n = send(sending->fd, sending->memory, HEAD_BYTES, MSG_MORE | MSG_NOSIGNAL);
        if (n != HEAD_BYTES)
                return n < 0 ? -errno : -EIO;
        uint64_t offset = source_offset(sending->source, size, sending->next++);
        return sluice_send(sending->fd, sending->source->fd, offset, size,
                           sluice_method_find("sendfile"), NULL);
}

static int run_once(struct sending *sending, uint64_t size,
                    int (*answer)(struct sending *, uint64_t), double *ret_seconds)
{
        int r = 0;
        uint64_t began = clock_thread_cpu_ns();
        for (int i = 0; r == 0 && i < ANSWERS; i++)
                r = answer(sending, size);
        *ret_seconds = (double)(clock_thread_cpu_ns() - began) / (double)NS_PER_S / ANSWERS;
        return r;
}

static int run_all(struct sending *sending, struct small_body *bodies, uint64_t seed)
{
        uint32_t order[WAYS];
        int r = 0;

        /* The first round warms up. */
        for (size_t run = 0; r == 0 && run <= SMALL_BODIES_RUNS; run++) {
                size_t place = run ? run - 1 : 0;
                plan_shuffle(order, WAYS, &seed);
                for (size_t i = 0; r == 0 && i < WAYS; i++) {
                        struct small_body *body = &bodies[order[i] / 2];
                        body->size_bytes = FIRST_SIZE << (order[i] / 2);
                        if (order[i] % 2)
                                r = run_once(sending, body->size_bytes, answer_by_sendfile,
                                             &body->sendfile_seconds[place]);
                        else
                                r = run_once(sending, body->size_bytes, answer_from_memory,
                                             &body->memory_seconds[place]);
                }
        }
        return r;
}

static int connect_sender(const struct address *address, int *ret_fd)
{
        const int on = 1;
        const char *congestion = link_congestion();
        cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
            (congestion[0] && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion,
                                         (socklen_t)strlen(congestion)) < 0) ||
            connect(fd, (const struct sockaddr *)&address->storage, address->length) < 0)
                return -errno;
        *ret_fd = fd_take(&fd);
        return 0;
}

_Noreturn static void send_answers(struct shared *shared, const struct address *address,
                                   const struct source *source, int core, uint64_t seed)
{
        size_t length = HEAD_BYTES + source->size_bytes;
        struct sending sending = {.source = source, .memory = malloc(length)};

        process_prepare("lab answers", core);
        shared->error = sending.memory ? connect_sender(address, &sending.fd) : -ENOMEM;
        /* Pages that were never written are all the same one. */
        if (shared->error == 0)
                memset(sending.memory, 'x', length);
        if (shared->error == 0)
                shared->error = run_all(&sending, shared->bodies, seed);
        _exit(0);
}

_Noreturn static void throw_away(int listen_fd, int core)
{
        process_prepare("lab receiver", core);
        int fd = accept(listen_fd, NULL, NULL);
        while (fd >= 0 && receiver_discard(fd, (size_t)1 << 30) > 0)
                ;
        _exit(0);
}

static int listen_on_loopback(int *ret_fd, struct address *address)
{
        int r = address_parse(address, "127.0.0.1", 0);
        cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (r < 0 || fd < 0)
                return r < 0 ? r : -errno;
        if (bind(fd, (const struct sockaddr *)&address->storage, address->length) < 0 ||
            listen(fd, 1) < 0 ||
            getsockname(fd, (struct sockaddr *)&address->storage, &address->length) < 0)
                return -errno;
        *ret_fd = fd_take(&fd);
        return 0;
}

int small_bodies_measure(struct small_body ret[static SMALL_BODIES_SIZES],
                         const struct source *source, const int cores[static 2], uint64_t seed)
{
        struct address address;
        cleanup_fd int listen_fd = -1;
        int r = listen_on_loopback(&listen_fd, &address);
        if (r < 0)
                return r;
        struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED)
                return -ENOMEM;
        shared->error = -EPIPE; /* unless the process says otherwise */
        pid_t receiver = process_fork();
        if (receiver == 0)
                throw_away(listen_fd, cores[1]);
        pid_t sender = receiver < 0 ? -1 : process_fork();
        if (sender == 0)
                send_answers(shared, &address, source, cores[0], seed);
        fd_close(&listen_fd);
        if (sender > 0)
                (void)waitpid(sender, NULL, 0);
        r = sender < 0 ? -EAGAIN : shared->error;
        /* It may wait for a connection that never came: nobody listens now. */
        if (receiver > 0 && r < 0)
                (void)kill(receiver, SIGKILL);
        if (receiver > 0)
                (void)waitpid(receiver, NULL, 0);
        if (r == 0)
                memcpy(ret, shared->bodies, sizeof(shared->bodies));
        (void)munmap(shared, sizeof(*shared));
        return r;
}
