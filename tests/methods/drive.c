#include "drive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "context.h"
#include "pattern.h"

#define HANG_S 20
#define IDLE_TURNS_MAX 20000

static const char *method_name(const sluice_method *method)
{
        return method ? sluice_method_name(method) : "auto";
}

static void wait_until_ready(const sluice_transfer *transfer)
{
        struct pollfd ready = {0};
        int r = sluice_wait_for(transfer, &ready.fd, &ready.events);
        check(r == 0, "sluice_wait_for: %s", strerror(-r));
        /* ppoll(2): the shim may make the library's poll(2) fail, not ours. */
        struct timespec hang = {.tv_sec = HANG_S};
        do
                r = ppoll(&ready, 1, &hang, NULL);
        while (r < 0 && errno == EINTR);
        check(r == 1, "hangs: nothing happens for %d s", HANG_S);
}

static void midway(const struct drive *drive, const sluice_transfer *transfer, bool *done)
{
        if (!drive->midway || *done || sluice_sent(transfer) < drive->midway_at)
                return;
        *done = true;
        drive->midway(drive->argument);
}

static enum sluice_step run(const struct drive *drive, sluice_transfer *transfer)
{
        bool midway_done = false;
        uint64_t sent = 0;
        unsigned idle = 0;

        for (;;) {
                enum sluice_step step = sluice_step(transfer, drive->budget);
                if (step == SLUICE_DONE || step == SLUICE_SOURCE_SHORT || step == SLUICE_FAILED ||
                    drive->close_early)
                        return step;
                idle = sluice_sent(transfer) == sent ? idle + 1 : 0;
                sent = sluice_sent(transfer);
                check(idle < IDLE_TURNS_MAX, "spins: step %d over and over", (int)step);
                midway(drive, transfer, &midway_done);

                if (step == SLUICE_WANT_WRITE || step == SLUICE_WAIT_COMPLETION)
                        wait_until_ready(transfer);
                uint64_t offset, length;
                sluice_window(transfer, &offset, &length);
                if (step == SLUICE_WANT_DISK)
                        (void)!sluice_warm(drive->file_fd, offset, length);
        }
}

static void note(const sluice_transfer *transfer, struct outcome *outcome)
{
        outcome->error = sluice_error(transfer);
        outcome->sent = sluice_sent(transfer);
        outcome->used = sluice_method_used(transfer, &outcome->reason);
        while (sluice_fallback(transfer, outcome->fallbacks, NULL))
                outcome->fallbacks++;
        sluice_fallback(transfer, 0, &outcome->why_not);
        for (int i = 0; i < SLUICE_COUNTERS; i++)
                outcome->counts[i] = sluice_count(transfer, i);
}

static void transfer(const struct drive *drive, int out_fd, struct outcome *outcome)
{
        sluice_transfer *transfer;

        if (drive->begin)
                drive->begin();
        outcome->open_error = sluice_open(&transfer, out_fd, drive->file_fd, drive->offset,
                                          drive->length, drive->method, drive->flags);
        if (outcome->open_error == 0) {
                if (drive->buffer_size)
                        check(sluice_set_buffer_size(transfer, drive->buffer_size) == 0,
                              "sluice_set_buffer_size");
                outcome->last = run(drive, transfer);
                note(transfer, outcome);
                sluice_close(transfer);
        }
        if (drive->end)
                drive->end();
}

struct outcome drive(const struct drive *drive)
{
        struct outcome outcome = {0};
        struct receiver receiver = {.hash_until = drive->hash_until};
        struct resources before = resources_count();

        context_set("%s, %s, %s, %s, %llu bytes from %llu", method_name(drive->method),
                    wire_name(drive->wire), drive->blocking ? "blocking" : "non-blocking",
                    receiver_name(drive->receiver), (unsigned long long)drive->length,
                    (unsigned long long)drive->offset);
        struct wire wire = wire_open(drive->wire, drive->blocking, drive->send_buffer);
        receiver_start(&receiver, drive->receiver, wire.in_fd);
        transfer(drive, wire.out_fd, &outcome);
        close(wire.out_fd);
        receiver_join(&receiver);
        outcome.received = receiver.received;
        outcome.hash = receiver.hash;
        resources_check(before, resources_count());
        return outcome;
}

void outcome_check_complete(const struct drive *drive, const struct outcome *outcome)
{
        check(outcome->open_error == 0, "open: %s", strerror(-outcome->open_error));
        check(outcome->last == SLUICE_DONE, "ends with step %d: %s", (int)outcome->last,
              outcome->why_not ? outcome->why_not : strerror(-outcome->error));
        check(outcome->sent == drive->length, "%llu sent", (unsigned long long)outcome->sent);
        check(outcome->received == drive->length, "%llu received",
              (unsigned long long)outcome->received);
        check(outcome->counts[SLUICE_BYTES_SENT] == drive->length, "bytes_sent is not true");
        if (drive->receiver != RECEIVER_DISCARDS)
                check(outcome->hash == pattern_hash(drive->offset, drive->length), "wrong bytes");
}

static bool direct_possible(int file_fd)
{
        struct statx status;
        return statx(file_fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) == 0 &&
               status.stx_mask & STATX_DIOALIGN && status.stx_dio_offset_align > 0;
}

bool must_support(const sluice_method *method, enum wire_kind wire, int file_fd)
{
        if (!method)
                return true;
        const char *name = sluice_method_name(method);
        if (strcmp(name, "direct") == 0)
                return direct_possible(file_fd);
        if (strcmp(name, "zerocopy") == 0)
                return wire == WIRE_TCP;
        if (strcmp(name, "uring") == 0)
                return wire == WIRE_TCP && direct_possible(file_fd);
        return true;
}

void outcome_check_refused(const struct drive *drive, const struct outcome *outcome)
{
        check(outcome->last == SLUICE_FAILED && outcome->error == -EOPNOTSUPP,
              "not refused: step %d, %s", (int)outcome->last, strerror(-outcome->error));
        check(outcome->sent == 0 && outcome->received == 0, "refused behind the first byte");
        check(outcome->fallbacks == 1 && outcome->why_not && strlen(outcome->why_not) > 10,
              "refused without words");
        (void)drive;
}

bool drive_supported(const struct drive *asked, struct outcome *ret_outcome)
{
        struct drive strict = *asked;
        strict.flags |= SLUICE_NO_FALLBACK;
        *ret_outcome = drive(&strict);
        /* An empty range asks nothing of any method. */
        if (must_support(asked->method, asked->wire, asked->file_fd) || asked->length == 0)
                return true;
        outcome_check_refused(&strict, ret_outcome);
        return false;
}
