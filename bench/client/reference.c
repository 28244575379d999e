/* bench_reference: a fixed piece of work like a server's (small messages through
 * a socket, copies that leave the caches), and how much CPU time it took here
 * and now, in nanoseconds. The machine's speed drifts; this measures it. */
#include <inttypes.h>
#include <sched.h>
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

int main(int argc, char **argv)
{
        cpu_set_t set;
        CPU_ZERO(&set);
        if (argc > 1) {
                CPU_SET(strtoul(argv[1], NULL, 10), &set);
                (void)sched_setaffinity(0, sizeof(set), &set);
        }
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
        printf("%" PRIu64 "\n", spent_ns);
        return r < 0;
}
