/* Several transfers at once. A program of its own: its threads' stacks stay
 * mapped, which the counting of the others would take for a leak. */
#include <pthread.h>
#include <unistd.h>

#include "context.h"
#include "each_method.h"
#include "pattern.h"
#include "receiver.h"
#include "wire.h"

#define MIB ((uint64_t)1 << 20)

struct sender {
        const sluice_method *method;
        int fd;
        pthread_t thread;
        uint64_t wrong; /* transfers */
};

static void *send_in_thread(void *argument)
{
        struct sender *sender = argument;
        for (uint64_t i = 0; i < 10; i++) {
                struct wire wire = wire_open(WIRE_TCP, false, 0);
                struct receiver receiver = {0};
                uint64_t offset = i * 77777, length = MIB, sent;
                receiver_start(&receiver, RECEIVER_FAST, wire.in_fd);
                int r = sluice_send(wire.out_fd, sender->fd, offset, length, sender->method, &sent);
                close(wire.out_fd);
                receiver_join(&receiver);
                sender->wrong += r < 0 || receiver.received != length ||
                                 receiver.hash != pattern_hash(offset, length);
        }
        return NULL;
}

/* What transfers share (pipes, totals, what is known of a mount) is safe. */
static void threads_at_once(const sluice_method *method)
{
        int fd = pattern_file(2 * MIB);
        struct sender senders[4];
        for (size_t i = 0; i < 4; i++) {
                senders[i] = (struct sender){.method = method, .fd = fd};
                check(pthread_create(&senders[i].thread, NULL, send_in_thread, &senders[i]) == 0,
                      "pthread_create");
        }
        for (size_t i = 0; i < 4; i++) {
                pthread_join(senders[i].thread, NULL);
                check(senders[i].wrong == 0, "%llu transfers went wrong",
                      (unsigned long long)senders[i].wrong);
        }
        close(fd);
}

int main(int argc, char **argv)
{
        (void)argc;
        static const struct method_test tests[] = {METHOD_TEST(threads_at_once)};
        return each_method("threads", tests, sizeof(tests) / sizeof(tests[0]), argv + 1);
}
