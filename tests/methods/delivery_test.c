/* Every byte arrives, whatever the size, the reader, the wire. */
#include <fcntl.h>
#include <unistd.h>

#include "context.h"
#include "drive.h"
#include "each_method.h"
#include "pattern.h"

#define PAGE ((uint64_t)4096)
#define MIB ((uint64_t)1 << 20)

/* Runs the drive over every wire, blocking and not. */
static void over_all_wires(struct drive drive_template)
{
        for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++) {
                for (int blocking = 0; blocking < 2; blocking++) {
                        struct drive asked = drive_template;
                        struct outcome outcome;
                        asked.wire = wire;
                        asked.blocking = blocking;
                        if (drive_supported(&asked, &outcome))
                                outcome_check_complete(&asked, &outcome);
                }
        }
}

static void sizes(const sluice_method *method)
{
        static const uint64_t lengths[] = {0, 1, PAGE - 1, PAGE, PAGE + 1, MIB + 1};
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
                int fd = pattern_file(lengths[i]);
                over_all_wires(
                        (struct drive){.method = method, .file_fd = fd, .length = lengths[i]});
                close(fd);
        }
}

static void odd_offset_and_length(const sluice_method *method)
{
        int fd = pattern_file(3 * MIB);
        over_all_wires((struct drive){
                .method = method, .file_fd = fd, .offset = 4097, .length = 2 * MIB + 333});
        over_all_wires((struct drive){
                .method = method, .file_fd = fd, .offset = 3 * MIB - 1, .length = 1});
        close(fd);
}

static void small_budgets_and_buffers(const sluice_method *method)
{
        int fd = pattern_file(MIB);
        over_all_wires((struct drive){.method = method,
                                      .file_fd = fd,
                                      .offset = 511,
                                      .length = MIB - 600,
                                      .budget = 10007,
                                      .buffer_size = 30000,
                                      .flags = SLUICE_MORE_FOLLOWS});
        close(fd);
}

static void asking_for_the_disk(const sluice_method *method)
{
        int fd = pattern_file(3 * MIB);
        fsync(fd);
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        over_all_wires((struct drive){.method = method,
                                      .file_fd = fd,
                                      .offset = 1,
                                      .length = 3 * MIB - 1,
                                      .flags = SLUICE_ASK_DISK});
        close(fd);
}

static void slow_reader(const sluice_method *method)
{
        int fd = pattern_file(MIB + 1);
        over_all_wires((struct drive){
                .method = method, .receiver = RECEIVER_SLOW, .file_fd = fd, .length = MIB + 1});
        close(fd);
}

static void send_buffer_of_2_kib(const sluice_method *method)
{
        int fd = pattern_file(200001);
        for (enum wire_kind wire = WIRE_TCP; wire <= WIRE_UNIX; wire++) {
                struct drive asked = {.method = method,
                                      .wire = wire,
                                      .send_buffer = 2048,
                                      .file_fd = fd,
                                      .length = 200001};
                struct outcome outcome;
                if (drive_supported(&asked, &outcome))
                        outcome_check_complete(&asked, &outcome);
        }
        close(fd);
}

static void reader_that_resets(const sluice_method *method)
{
        int fd = pattern_file(16 * MIB);
        for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++) {
                for (int blocking = 0; blocking < 2; blocking++) {
                        struct drive asked = {.method = method,
                                              .wire = wire,
                                              .receiver = RECEIVER_RESETS,
                                              .blocking = blocking,
                                              .file_fd = fd,
                                              .length = 16 * MIB};
                        struct outcome outcome;
                        if (!drive_supported(&asked, &outcome))
                                continue;
                        check(outcome.last == SLUICE_FAILED && outcome.error < 0,
                              "ends with step %d, error %d", (int)outcome.last, outcome.error);
                        check(outcome.sent < 16 * MIB, "all sent to a reader that left");
                }
        }
        close(fd);
}

static void closed_early(const sluice_method *method)
{
        int fd = pattern_file(8 * MIB);
        for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++) {
                struct drive asked = {.method = method,
                                      .wire = wire,
                                      .receiver = RECEIVER_SLOW,
                                      .file_fd = fd,
                                      .length = 8 * MIB,
                                      .close_early = true};
                if (!must_support(method, wire, fd))
                        continue;
                struct outcome outcome = drive(&asked);
                /* What was handed over stays right although the buffers are gone. */
                check(outcome.received == outcome.sent, "%llu sent, %llu received",
                      (unsigned long long)outcome.sent, (unsigned long long)outcome.received);
                check(outcome.hash == pattern_hash(0, outcome.received), "wrong bytes");
        }
        close(fd);
}

static const sluice_method *method_of_stuck;

/* Leaves a transfer behind that stopped where the socket was full. */
static void leave_one_stuck(void)
{
        struct wire wire = wire_open(WIRE_TCP, false, 0);
        int fd = pattern_file(12 * MIB);
        sluice_transfer *transfer;
        check(sluice_open(&transfer, wire.out_fd, fd, 5 * MIB + 1, 7 * MIB - 1, method_of_stuck,
                          0) == 0,
              "open");
        enum sluice_step step = sluice_step(transfer, 0);
        check(step == SLUICE_WANT_WRITE || step == SLUICE_WAIT_COMPLETION,
              "nobody reads, but step %d", (int)step);
        sluice_close(transfer);
        close(fd);
        close(wire.in_fd);
        close(wire.out_fd);
}

/* Nothing of it, no byte in a pipe or buffer, gets into the next one. */
static void next_transfer_gets_its_own_bytes(const sluice_method *method)
{
        int fd = pattern_file(MIB);
        struct drive asked = {.method = method,
                              .file_fd = fd,
                              .offset = 3,
                              .length = MIB - 3,
                              .begin = leave_one_stuck};
        struct outcome outcome;
        method_of_stuck = method;
        if (drive_supported(&asked, &outcome))
                outcome_check_complete(&asked, &outcome);
        close(fd);
}

/* The kernel numbers a socket's sends across transfers. */
static void two_transfers_on_one_socket(const sluice_method *method)
{
        struct wire wire = wire_open(WIRE_TCP, true, 0);
        struct receiver receiver = {0};
        int fd = pattern_file(3 * MIB);
        receiver_start(&receiver, RECEIVER_FAST, wire.in_fd);
        for (uint64_t part = 0; part < 3; part++) {
                uint64_t sent;
                int r = sluice_send(wire.out_fd, fd, part * MIB, MIB, method, &sent);
                check(r == 0 && sent == MIB, "part %d: %d", (int)part, r);
        }
        close(wire.out_fd);
        receiver_join(&receiver);
        check(receiver.received == 3 * MIB && receiver.hash == pattern_hash(0, 3 * MIB),
              "wrong bytes");
        close(fd);
}

int main(int argc, char **argv)
{
        (void)argc;
        static const struct method_test tests[] = {
                METHOD_TEST(sizes),
                METHOD_TEST(odd_offset_and_length),
                METHOD_TEST(small_budgets_and_buffers),
                METHOD_TEST(asking_for_the_disk),
                METHOD_TEST(slow_reader),
                METHOD_TEST(send_buffer_of_2_kib),
                METHOD_TEST(reader_that_resets),
                METHOD_TEST(closed_early),
                METHOD_TEST(next_transfer_gets_its_own_bytes),
                METHOD_TEST(two_transfers_on_one_socket),
        };
        return each_method("delivery", tests, sizeof(tests) / sizeof(tests[0]), argv + 1);
}
