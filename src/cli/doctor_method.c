/* Tries a method for real: sends the beginning of the file over loopback. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/number.h"
#include "cli/doctor_check.h"

/* Fits into the buffers of a connection, so that one thread can be both ends. */
#define TRIAL_BYTES ((size_t)64 << 10)
#define TRIAL_NS (5 * NS_PER_S)

struct trial {
        int far; /* the receiving end */
        size_t length;
        size_t received;
        unsigned char bytes[TRIAL_BYTES];
};

static void receive(struct trial *trial)
{
        ssize_t n;
        while (trial->received < trial->length &&
               (n = recv(trial->far, trial->bytes + trial->received,
                         trial->length - trial->received, MSG_DONTWAIT)) > 0)
                trial->received += (size_t)n;
}

/* Steps until the end; 0 or -errno. */
static int run(sluice_transfer *transfer, struct trial *trial)
{
        uint64_t deadline_ns = clock_monotonic_ns() + TRIAL_NS;

        while (clock_monotonic_ns() < deadline_ns) {
                struct pollfd wait;
                enum sluice_step step = sluice_step(transfer, 0);
                receive(trial);
                if (step == SLUICE_DONE)
                        return 0;
                if (step == SLUICE_FAILED)
                        return sluice_error(transfer);
                if (step == SLUICE_SOURCE_SHORT)
                        return -ENODATA;
                if (sluice_wait_for(transfer, &wait.fd, &wait.events) == 0)
                        (void)poll(&wait, 1, 10);
        }
        return -ETIMEDOUT;
}

/* Data may still be on its way through the loopback device. */
static void receive_rest(struct trial *trial)
{
        struct pollfd ready = {.fd = trial->far, .events = POLLIN};
        while (trial->received < trial->length && poll(&ready, 1, 1000) == 1) {
                size_t before = trial->received;
                receive(trial);
                if (trial->received == before)
                        return;
        }
}

static bool arrived_as_read(const struct doctor_target *target, const struct trial *trial)
{
        unsigned char wanted[TRIAL_BYTES];
        ssize_t n = pread(target->file_fd, wanted, trial->length, 0);
        return n == (ssize_t)trial->length && trial->received == trial->length &&
               memcmp(wanted, trial->bytes, trial->length) == 0;
}

static void say_cost(const sluice_transfer *transfer, const struct trial *trial,
                     struct doctor_finding *finding)
{
        char length[NUMBER_TEXT_SIZE], user[NUMBER_TEXT_SIZE], kernel[NUMBER_TEXT_SIZE];
        uint64_t by_kernel = sluice_count(transfer, SLUICE_BYTES_COPIED_BY_KERNEL);

        /* HTTP/2 takes what the server's banner names. */
        bool alone = sluice_method_keeps_socket(sluice_method_used(transfer, NULL));
        doctor_say(finding, DOCTOR_OK, "%s in %ju calls, %s copied through user space%s%s%s%s",
                   number_format_size(trial->length, length),
                   (uintmax_t)sluice_count(transfer, SLUICE_SYSTEM_CALLS),
                   number_format_size(sluice_count(transfer, SLUICE_BYTES_COPIED_IN) +
                                              sluice_count(transfer, SLUICE_BYTES_COPIED_OUT),
                                      user),
                   by_kernel ? ", " : "", by_kernel ? number_format_size(by_kernel, kernel) : "",
                   by_kernel ? " by the kernel (loopback)" : "", alone ? "; not for HTTP/2" : "");
}

static void say_failure(const sluice_transfer *transfer, int error, struct doctor_finding *finding)
{
        const char *why;
        if (error == -ETIMEDOUT)
                doctor_say(finding, DOCTOR_MISSING, "it did not finish within %ju s",
                           (uintmax_t)(TRIAL_NS / NS_PER_S));
        else if (sluice_fallback(transfer, 0, &why))
                doctor_say(finding, DOCTOR_MISSING, "%s", why);
        else
                doctor_say(finding, DOCTOR_MISSING, "%s", strerror(-error));
}

/* Runs a transfer to its end; its outcome is the finding's. NULL when there is
 * none to look at. */
static sluice_transfer *try(const struct doctor_target *target, const sluice_method *method,
                            int out_fd, struct trial *trial, struct doctor_finding *finding)
{
        sluice_transfer *transfer;
        int r = sluice_open(&transfer, out_fd, target->file_fd, 0, trial->length, method,
                            method ? SLUICE_NO_FALLBACK : 0);
        if (r < 0) {
                doctor_say(finding, DOCTOR_MISSING, "%s", strerror(-r));
                return NULL;
        }
        r = run(transfer, trial);
        receive_rest(trial);
        if (r < 0)
                say_failure(transfer, r, finding);
        else if (arrived_as_read(target, trial))
                say_cost(transfer, trial, finding);
        else
                doctor_say(finding, DOCTOR_NOTE,
                           "other bytes arrived than read(2) gives (is the file changing?)");
        return transfer;
}

/* Over loopback "auto" may know better than to take what it takes for a client
 * elsewhere: what it would take there is asked for a socket not connected. */
static void say_choice(const struct doctor_target *target, const sluice_transfer *trial,
                       struct doctor_finding *finding)
{
        /* Long enough that no method is passed over for the file being small. */
        const uint64_t length = (uint64_t)1 << 30;
        cleanup_fd int out_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const char *why, *reason;
        const sluice_method *given_up = sluice_fallback(trial, 0, &why);
        const sluice_method *used = sluice_method_used(trial, &reason);
        sluice_facts *facts;

        if (given_up) {
                doctor_say(finding, DOCTOR_NOTE, "%s, as %s gives way: %s",
                           sluice_method_name(used), sluice_method_name(given_up), why);
                return;
        }
        if (out_fd < 0 || sluice_facts_probe(&facts, target->file_fd, out_fd) < 0) {
                doctor_say(finding, DOCTOR_OK, "%s: %s", sluice_method_name(used), reason);
                return;
        }
        used = sluice_choose(facts, length, &reason);
        doctor_say(finding, DOCTOR_OK, "%s: %s", sluice_method_name(used), reason);
        sluice_facts_free(facts);
}

void doctor_probe_method(const struct doctor_target *target, const sluice_method *method,
                         struct doctor_finding *finding)
{
        if (target->file_fd < 0) {
                doctor_say(finding, DOCTOR_NOTE, "not tried: there is no file to try it with");
                return;
        }
        int fds[2];
        int r = doctor_loopback(fds);
        if (r < 0) {
                doctor_say(finding, DOCTOR_NOTE, "not tried: no connection over loopback (%s)",
                           strerror(-r));
                return;
        }
        struct trial trial = {
                .far = fds[1],
                .length = target->file_size < TRIAL_BYTES ? (size_t)target->file_size : TRIAL_BYTES,
        };
        sluice_transfer *transfer = try(target, method, fds[0], &trial, finding);
        if (transfer && !method && finding->state == DOCTOR_OK)
                say_choice(target, transfer, finding);
        sluice_close(transfer);
        fd_close(&fds[0]);
        fd_close(&fds[1]);
}

void doctor_probe_auto(const struct doctor_target *target, const struct doctor_check *check,
                       struct doctor_finding *finding)
{
        (void)check;
        doctor_probe_method(target, NULL, finding);
}
