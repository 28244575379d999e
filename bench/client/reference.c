/* bench_reference CORE [OTHER]: a fixed piece of work like a server's (small messages
 * through a socket, copies that leave the caches), and how much CPU time it took here and
 * now, in nanoseconds. The machine's speed drifts; this measures it.
 *
 * With another core, also how long a cache line takes there and back. A hypervisor may
 * run two cores of ours by two threads of one of its own, where they are near and slow, or
 * apart, where they are far and fast. */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define MESSAGES 6000
#define MESSAGE_SIZE 2048
#define COPIES 12
#define COPY_SIZE ((size_t)4 << 20)
#define THROWS 50000U
#define THROWS_WARM 1000U

static int messages_pass(const int pair[2])
{
        static char message[MESSAGE_SIZE];
        for (int i = 0; i < MESSAGES; i++) {
                if (send(pair[0], message, sizeof(message), 0) != MESSAGE_SIZE ||
                    recv(pair[1], message, sizeof(message), 0) != MESSAGE_SIZE)
                        return -1;
        }
        return 0;
}

static void stay_on(const char *core)
{
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(strtoul(core, NULL, 10), &set);
        (void)sched_setaffinity(0, sizeof(set), &set);
}

/* ---- How far another core is ---- */

static _Alignas(128) _Atomic unsigned ball;

static void *throw_back(void *core)
{
        stay_on(core);
        for (unsigned i = 1; i < 2 * THROWS; i += 2) {
                while (atomic_load(&ball) != i)
                        continue;
                atomic_store(&ball, i + 1);
        }
        return NULL;
}

/* Nanoseconds there and back; 0: not to be had. */
static uint64_t distance(char *other)
{
        pthread_t thread;
        if (pthread_create(&thread, NULL, throw_back, other) != 0)
                return 0;
        uint64_t start_ns = 0;
        for (unsigned i = 0; i < THROWS; i++) {
                if (i == THROWS_WARM)
                        start_ns = clock_monotonic_ns();
                atomic_store(&ball, 2 * i + 1);
                while (atomic_load(&ball) != 2 * i + 2)
                        continue;
        }
        uint64_t spent_ns = clock_monotonic_ns() - start_ns;
        (void)pthread_join(thread, NULL);
        return spent_ns / (THROWS - THROWS_WARM);
}

int main(int argc, char **argv)
{
        if (argc > 1)
                stay_on(argv[1]);
        int pair[2];
        static char from[COPY_SIZE], to[COPY_SIZE];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
                return 1;
        memset(from, 1, COPY_SIZE);
        memset(to, 2, COPY_SIZE);

        uint64_t start_ns = clock_thread_cpu_ns();
        int r = messages_pass(pair);
        for (int i = 0; i < COPIES; i++) {
                memcpy(to, from, COPY_SIZE);
                from[i] = to[i + 1]; /* or the copies could be left out */
        }
        uint64_t spent_ns = clock_thread_cpu_ns() - start_ns;
        printf("%" PRIu64 " %" PRIu64 "\n", spent_ns, argc > 2 ? distance(argv[2]) : 0);
        return r < 0;
}
