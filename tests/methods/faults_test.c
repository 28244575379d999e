/* The N-th system call fails, the N-th allocation fails, for every N until one
 * transfer comes through untouched: never a leak, a wrong byte, a hang; and the
 * error is told. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "context.h"
#include "drive.h"
#include "each_method.h"
#include "pattern.h"
#include "shim.h"

#define LENGTH ((uint64_t)700001)
#define NTH_MAX 400

static enum shim_target target;
static unsigned nth;
static int injected;
static bool reached;

static void arm(void)
{
        shim_arm(target, nth, injected);
}

static void disarm(void)
{
        reached = shim_disarm();
}

/* What the failing call means to the caller. */
static void check_told(const struct outcome *outcome)
{
        if (outcome->open_error) {
                check(outcome->received == 0, "open failed, bytes arrived");
                check(outcome->open_error == -injected || outcome->open_error == -ENOMEM,
                      "%s with %s: open tells %s", shim_failed(), strerror(injected),
                      strerror(-outcome->open_error));
                return;
        }
        check(outcome->last == SLUICE_DONE || outcome->last == SLUICE_FAILED,
              "%s with %s: ends with step %d", shim_failed(), strerror(injected),
              (int)outcome->last);
        check(outcome->received == outcome->sent, "%s with %s: %llu sent, %llu received",
              shim_failed(), strerror(injected), (unsigned long long)outcome->sent,
              (unsigned long long)outcome->received);
        check(outcome->hash == pattern_hash(0, outcome->received), "%s with %s: wrong bytes",
              shim_failed(), strerror(injected));
        if (outcome->last == SLUICE_DONE)
                check(outcome->sent == LENGTH, "done, but %llu sent",
                      (unsigned long long)outcome->sent);
        else
                check(outcome->error == -injected, "%s with %s: tells %s", shim_failed(),
                      strerror(injected), strerror(-outcome->error));
}

static void every_nth(const sluice_method *method, enum wire_kind wire, unsigned flags, int error)
{
        int fd = pattern_file(LENGTH);
        struct drive asked = {.method = method,
                              .wire = wire,
                              .file_fd = fd,
                              .length = LENGTH,
                              .budget = 400000,
                              .buffer_size = 100000,
                              .flags = flags,
                              .begin = arm,
                              .end = disarm};
        injected = error;
        reached = true;
        for (nth = 1; reached; nth++) {
                check(nth < NTH_MAX, "no end of system calls");
                struct outcome outcome = drive(&asked);
                if (reached)
                        check_told(&outcome);
                else
                        outcome_check_complete(&asked, &outcome);
                check(!reached || error != EINTR || outcome.last == SLUICE_DONE,
                      "an interrupted %s ends the transfer", shim_failed());
        }
        close(fd);
}

static void nth_system_call_fails(const sluice_method *method)
{
        static const int errors[] = {EIO, ENOMEM, ENOBUFS, EMFILE, EPERM};
        target = SHIM_SYSTEM_CALLS;
        for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
                for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++)
                        every_nth(method, wire, i % 2 ? SLUICE_ASK_DISK : 0, errors[i]);
}

static void nth_system_call_interrupted(const sluice_method *method)
{
        target = SHIM_SYSTEM_CALLS;
        for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++)
                every_nth(method, wire, SLUICE_ASK_DISK, EINTR);
}

static void nth_allocation_fails(const sluice_method *method)
{
        target = SHIM_ALLOCATIONS;
        for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++)
                every_nth(method, wire, 0, ENOMEM);
}

/* The convenience call waits by itself. */
static void nth_call_of_sluice_send_fails(const sluice_method *method)
{
        int fd = pattern_file(LENGTH);
        reached = true;
        for (nth = 1; reached; nth++) {
                struct resources before = resources_count();
                struct receiver receiver = {0};
                struct wire wire = wire_open(WIRE_TCP, false, 0);
                uint64_t sent;
                receiver_start(&receiver, RECEIVER_SLOW, wire.in_fd);
                shim_arm(SHIM_SYSTEM_CALLS, nth, EIO);
                int r = sluice_send(wire.out_fd, fd, 0, LENGTH, method, &sent);
                disarm();
                close(wire.out_fd);
                receiver_join(&receiver);
                check(r == 0 || r == -EIO, "%s: %s", shim_failed(), strerror(-r));
                check(r < 0 || sent == LENGTH, "done, but %llu sent", (unsigned long long)sent);
                check(receiver.received == sent, "%llu sent, %llu received",
                      (unsigned long long)sent, (unsigned long long)receiver.received);
                check(receiver.hash == pattern_hash(0, sent), "wrong bytes");
                resources_check(before, resources_count());
        }
        close(fd);
}

int main(int argc, char **argv)
{
        (void)argc;
        static const struct method_test tests[] = {
                METHOD_TEST(nth_system_call_fails),
                METHOD_TEST(nth_system_call_interrupted),
                METHOD_TEST(nth_allocation_fails),
                METHOD_TEST(nth_call_of_sluice_send_fails),
        };
        return each_method("faults", tests, sizeof(tests) / sizeof(tests[0]), argv + 1);
}
