#include "lab/trial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "lab/receiver_tls.h"
#include "lab/sender_tls.h"

#define TRIAL_NS (5 * NS_PER_S)
#define BLOCK_BYTES 512 /* what getrusage(2) counts in */

static int fill(int fd)
{
        unsigned char block[65536];
        uint64_t written = 0;

        for (size_t i = 0; i < sizeof(block); i++)
                block[i] = (unsigned char)(i * 2654435761U >> 13);
        while (written < TRIAL_BYTES) {
                ssize_t n = write(fd, block, sizeof(block));
                if (n < 0)
                        return -errno;
                written += (uint64_t)n;
        }
        /* O_DIRECT reads would have to write it first. */
        return fdatasync(fd) < 0 ? -errno : 0;
}

int trial_file(int *ret_fd, const char **ret_folder)
{
        static const char *const folders[] = {".", "/tmp"};
        int r = -ENOENT;

        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
                cleanup_fd int fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
                r = fd < 0 ? -errno : fill(fd);
                if (r < 0)
                        continue;
                *ret_fd = fd_take(&fd);
                *ret_folder = folders[i];
                return 0;
        }
        return r;
}

struct ends {
        int near, far; /* of a TCP connection over loopback; -1: not there */
        struct tls_context *context; /* of near; NULL: plain, and so the next two */
        struct tls *tls;
        struct receiver_tls *far_tls;
};

static int connect_loopback(int *ret_near, int *ret_far)
{
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);
        cleanup_fd int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        cleanup_fd int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (listener < 0 || far < 0 ||
            bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            listen(listener, 1) < 0 ||
            getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
            connect(far, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        int near = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (near < 0)
                return -errno;
        *ret_near = near;
        *ret_far = fd_take(&far);
        return 0;
}

static void *shake_hands(void *argument)
{
        struct ends *ends = argument;
        if (receiver_tls_open(&ends->far_tls, ends->far) < 0)
                ends->far_tls = NULL;
        return NULL;
}

/* It takes two at the same time. The far end has no keys to use afterwards: nobody looks at
 * the bytes. */
static int encrypt(struct ends *ends, const struct lab_setting *setting)
{
        pthread_t far;
        int r = sender_tls_prepare(&ends->context, setting);
        if (r < 0)
                return r;
        r = -pthread_create(&far, NULL, shake_hands, ends);
        if (r < 0)
                return r;
        r = sender_tls_open(&ends->tls, ends->context, setting, ends->near);
        if (r < 0)
                (void)shutdown(ends->near, SHUT_RDWR);
        (void)pthread_join(far, NULL);
        return r;
}

static int open_ends(struct ends *ends, const struct lab_setting *setting)
{
        int r = connect_loopback(&ends->near, &ends->far);
        if (r == 0 && setting->tls != LAB_PLAIN)
                r = encrypt(ends, setting);
        if (r == 0 && fcntl(ends->near, F_SETFL, O_NONBLOCK) < 0)
                r = -errno;
        return r;
}

static void close_ends(struct ends *ends)
{
        tls_free(ends->tls);
        tls_context_free(ends->context);
        receiver_tls_close(ends->far_tls);
        fd_close(&ends->near);
        fd_close(&ends->far);
}

static void drain(int fd)
{
        static char nowhere[1 << 20];
        while (recv(fd, nowhere, sizeof(nowhere), MSG_DONTWAIT) > 0)
                ;
}

/* Steps to the end; this thread is the receiver as well. */
static int run(sluice_transfer *transfer, int far, const char **ret_why_not)
{
        uint64_t deadline_ns = clock_monotonic_ns() + TRIAL_NS;

        while (clock_monotonic_ns() < deadline_ns) {
                struct pollfd wait;
                enum sluice_step step = sluice_step(transfer, 0);
                drain(far);
                if (step == SLUICE_DONE)
                        return 0;
                if (step == SLUICE_SOURCE_SHORT)
                        return -ENODATA;
                if (step == SLUICE_FAILED) {
                        bool given_up = sluice_fallback(transfer, 0, ret_why_not);
                        return given_up ? -EOPNOTSUPP : sluice_error(transfer);
                }
                if (sluice_wait_for(transfer, &wait.fd, &wait.events) == 0)
                        (void)poll(&wait, 1, 10);
        }
        return -ETIMEDOUT;
}

static uint64_t blocks_read(void)
{
        struct rusage usage;
        return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_inblock : 0;
}

/* What the process has called, by the index of sluice_process_calls(): a source's own calls
 * are no transfer's. */
static void read_calls(uint64_t calls[static TRIAL_CALLS_MAX])
{
        for (size_t i = 0; i < TRIAL_CALLS_MAX && sluice_process_calls(i, &calls[i]); i++)
                ;
}

static void collect(struct trial *trial, const sluice_transfer *transfer, uint64_t bytes_from_disk)
{
        trial->counts = (struct path_counts){
                .bytes_sent = sluice_count(transfer, SLUICE_BYTES_SENT),
                .bytes_copied_in = sluice_count(transfer, SLUICE_BYTES_COPIED_IN),
                .bytes_copied_out = sluice_count(transfer, SLUICE_BYTES_COPIED_OUT),
                .bytes_copied_by_kernel = sluice_count(transfer, SLUICE_BYTES_COPIED_BY_KERNEL),
                .bytes_from_disk = bytes_from_disk,
                .disk_known = true,
                .waits = sluice_count(transfer, SLUICE_WAITS),
                .sink = "receiver",
                .sink_note = "over loopback",
                .calls = trial->calls,
        };
}

static void collect_calls(struct trial *trial, const uint64_t before[static TRIAL_CALLS_MAX],
                          uint64_t record_calls)
{
        uint64_t count;
        const char *name;
        size_t n = 0;

        for (size_t i = 0; i < TRIAL_CALLS_MAX && (name = sluice_process_calls(i, &count)); i++) {
                count -= before[i];
                if (strcmp(name, "sendto") == 0)
                        count += record_calls;
                if (count > 0)
                        trial->calls[n++] = (struct path_call){name, count};
        }
        trial->counts.call_count = n;
}

static int send_file(struct trial *trial, const struct ends *ends, sluice_source *source,
                     const struct lab_setting *setting, const char **ret_why_not)
{
        const sluice_method *method = sluice_method_find(setting->method);
        sluice_transfer *transfer;
        uint64_t blocks = blocks_read();
        int r;

        if (setting->tls == LAB_USER_TLS) {
                const sluice_sink sink = tls_sink(ends->tls);
                r = sluice_open_sink(&transfer, &sink, source, 0, TRIAL_BYTES, method,
                                     SLUICE_NO_FALLBACK);
        } else {
                r = sluice_open_source(&transfer, ends->near, source, 0, TRIAL_BYTES, method,
                                       SLUICE_NO_FALLBACK);
        }
        if (r < 0)
                return r;
        if (setting->buffer_bytes > 0)
                r = sluice_set_buffer_size(transfer, (size_t)setting->buffer_bytes);
        if (r == 0)
                r = run(transfer, ends->far, ret_why_not);
        if (r == 0)
                collect(trial, transfer, (blocks_read() - blocks) * BLOCK_BYTES);
        sluice_close(transfer);
        return r;
}

int trial_run(struct trial *ret_trial, int file_fd, const struct lab_setting *setting,
              const char **ret_why_not)
{
        struct ends ends = {.near = -1, .far = -1};
        uint64_t before[TRIAL_CALLS_MAX], records = 0;
        sluice_source *source = NULL;

        int r = open_ends(&ends, setting);
        if (r == 0) {
                records = ends.tls ? tls_send_calls(ends.tls) : 0;
                read_calls(before);
                r = sluice_source_open(&source, file_fd);
        }
        if (r == 0)
                r = send_file(ret_trial, &ends, source, setting, ret_why_not);
        sluice_source_close(source);
        if (r == 0)
                collect_calls(ret_trial, before, ends.tls ? tls_send_calls(ends.tls) - records : 0);
        close_ends(&ends);
        return r;
}
