/* Several transfers share a socket, and each step's bytes stand between others': as
 * the streams of HTTP/2 do. No step waits for a disk. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "context.h"
#include "each_method.h"
#include "pattern.h"
#include "receiver.h"
#include "sluice.h"
#include "wire.h"

#define FLAGS (SLUICE_ASK_DISK | SLUICE_TO_SOCKET | SLUICE_PUSH_STEPS | SLUICE_PREPARED)
#define FRAME ((uint64_t)100003)
#define LENGTH ((uint64_t)3 << 20)
#define TRANSFERS 3

/* Whose frame it is, and where it begins: sent before it. */
struct mark {
        uint32_t transfer;
        uint32_t frame;
};

static void wait_for(const sluice_transfer *transfer)
{
        struct pollfd ready = {0};
        check(sluice_wait_for(transfer, &ready.fd, &ready.events) == 0, "nothing to wait for");
        check(poll(&ready, 1, 10000) == 1, "the socket stays full");
}

static void fetch(sluice_transfer *transfer, int file_fd)
{
        uint64_t offset, length;
        int r;

        sluice_window(transfer, &offset, &length);
        r = sluice_wants_prepare(transfer) ? sluice_prepare(transfer)
                                           : sluice_warm(file_fd, offset, length);
        check(r == 0, "cannot be fetched: %s", strerror(-r));
}

/* A mark, and the frame behind it, of which no byte may have to be waited for. */
static void send_frame(sluice_transfer *transfer, int file_fd, int out_fd, struct mark mark)
{
        uint64_t length =
                LENGTH - sluice_sent(transfer) < FRAME ? LENGTH - sluice_sent(transfer) : FRAME;
        uint64_t end = sluice_sent(transfer) + length, ready;

        for (int tries = 0; (ready = sluice_ready(transfer)) == 0; tries++) {
                check(sluice_step(transfer, length) == SLUICE_WANT_DISK, "it does not say so");
                check(tries < 10, "it is never ready");
                fetch(transfer, file_fd);
        }
        check(!sluice_may_wait_for_disk(transfer), "a step would wait for the disk");
        if (ready < length)
                end -= length - ready;
        while (send(out_fd, &mark, sizeof(mark), MSG_MORE) != sizeof(mark)) {
                struct pollfd room = {.fd = out_fd, .events = POLLOUT};
                check(errno == EAGAIN && poll(&room, 1, 10000) == 1, "the mark cannot be sent");
        }
        while (sluice_sent(transfer) < end) {
                enum sluice_step step = sluice_step(transfer, end - sluice_sent(transfer));
                check(step == SLUICE_MORE || step == SLUICE_DONE || step == SLUICE_WANT_WRITE,
                      "step %d within a frame, error %d", step, sluice_error(transfer));
                if (step == SLUICE_WANT_WRITE)
                        wait_for(transfer);
        }
}

static void transfers_in_turn(const sluice_method *method)
{
        struct wire wire = wire_open(WIRE_TCP, false, 0);
        int file_fd = pattern_file(LENGTH + TRANSFERS);
        sluice_transfer *transfers[TRANSFERS];
        struct receiver receiver = {0};
        uint64_t hash = HASH_START, received = 0, before;
        unsigned char bytes[FRAME];

        receiver_start(&receiver, RECEIVER_FAST, wire.in_fd);
        for (uint32_t i = 0; i < TRANSFERS; i++)
                check(sluice_open(&transfers[i], wire.out_fd, file_fd, i, LENGTH, method, FLAGS) ==
                              0,
                      "open");
        for (uint32_t frame = 0, left = TRANSFERS; left > 0; frame++) {
                left = 0;
                for (uint32_t i = 0; i < TRANSFERS; i++) {
                        struct mark mark = {i, frame};
                        before = sluice_sent(transfers[i]);
                        if (before == LENGTH)
                                continue;
                        send_frame(transfers[i], file_fd, wire.out_fd, mark);
                        size_t length = (size_t)(sluice_sent(transfers[i]) - before);
                        pattern_fill(bytes, i + before, length);
                        hash = hash_add(hash_add(hash, &mark, sizeof(mark)), bytes, length);
                        received += sizeof(mark) + length;
                        left++;
                }
        }
        for (uint32_t i = 0; i < TRANSFERS; i++) {
                check(sluice_step(transfers[i], 0) == SLUICE_DONE, "not done");
                bool shares = !method || !sluice_method_keeps_socket(method);
                check((sluice_fallback(transfers[i], 0, NULL) != NULL) == !shares,
                      "it gives way, or does not");
                sluice_close(transfers[i]);
        }
        close(wire.out_fd);
        receiver_join(&receiver);
        check(receiver.received == received && receiver.hash == hash, "other bytes arrived");
        close(file_fd);
}

/* What would be prepared is not there any more. */
static void cut_short_before_it_is_prepared(const sluice_method *method)
{
        struct wire wire = wire_open(WIRE_TCP, false, 0);
        int file_fd = pattern_file(LENGTH);
        sluice_transfer *transfer;

        check(sluice_open(&transfer, wire.out_fd, file_fd, 4097, LENGTH - 4097, method, FLAGS) == 0,
              "open");
        check(ftruncate(file_fd, 4096) == 0, "ftruncate");
        if (sluice_wants_prepare(transfer))
                check(sluice_prepare(transfer) == -ENODATA, "it was prepared");
        else
                check(sluice_prepare(transfer) == -EINVAL, "it was prepared");
        sluice_close(transfer);
        close(file_fd);
        close(wire.out_fd);
        close(wire.in_fd);
}

static const struct method_test tests[] = {
        METHOD_TEST(transfers_in_turn),
        METHOD_TEST(cut_short_before_it_is_prepared),
};

int main(int argc, char **argv)
{
        (void)argc;
        return each_method("interleaved", tests, sizeof(tests) / sizeof(tests[0]), argv + 1);
}
