/* Drives one transfer from its opening to its end, as an event loop would. */
#pragma once

#include "receiver.h"
#include "resources.h"
#include "sluice.h"
#include "wire.h"

struct drive {
        const sluice_method *method; /* NULL: auto */
        enum wire_kind wire;
        enum receiver_kind receiver;
        bool blocking;
        int send_buffer;
        int file_fd;
        uint64_t offset, length;
        uint64_t budget; /* of each step */
        size_t buffer_size; /* 0: the method's own */
        unsigned flags;
        uint64_t hash_until; /* of the receiver */
        bool close_early; /* close the transfer after the first step */
        /* Called once when midway_at bytes have been sent, and then forgotten. */
        void (*midway)(void *argument);
        void *argument;
        uint64_t midway_at;
        void (*begin)(void); /* called before sluice_open() */
        void (*end)(void); /* called behind sluice_close() */
};

struct outcome {
        int open_error;
        enum sluice_step last;
        int error;
        uint64_t sent;
        uint64_t received;
        uint64_t hash;
        const sluice_method *used;
        const char *reason; /* for the method used */
        size_t fallbacks;
        const char *why_not; /* of the first fall-back */
        uint64_t counts[SLUICE_COUNTERS];
};

/* Runs it. Fails the test when it hangs, spins, or leaks. */
struct outcome drive(const struct drive *drive);

/* Fails the test unless all was sent and is what the file holds. */
void outcome_check_complete(const struct drive *drive, const struct outcome *outcome);

/* Whether the method must work over this wire on the file fd. The tests know
 * it by themselves: a method that gives up where it should not is a failure. */
bool must_support(const sluice_method *method, enum wire_kind wire, int file_fd);

/* Fails the test unless the transfer was refused, in words. */
void outcome_check_refused(const struct drive *drive, const struct outcome *outcome);

/* Runs the drive with SLUICE_NO_FALLBACK; true when the method works there.
 * Otherwise its refusal has been checked. */
bool drive_supported(const struct drive *drive, struct outcome *ret_outcome);
