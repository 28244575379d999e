#include "lab/trial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

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

/* Both ends of a TCP connection over loopback, neither of them blocking. */
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
        int near = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (near < 0)
                return -errno;
        *ret_near = near;
        *ret_far = fd_take(&far);
        return 0;
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

static void collect(struct trial *trial, const sluice_transfer *transfer, uint64_t bytes_from_disk)
{
        uint64_t count;
        const char *name;
        size_t n = 0;

        for (size_t i = 0; n < TRIAL_CALLS_MAX && (name = sluice_calls(transfer, i, &count)); i++)
                if (count > 0)
                        trial->calls[n++] = (struct path_call){name, count};
        trial->counts = (struct path_counts){
                .bytes_sent = sluice_count(transfer, SLUICE_BYTES_SENT),
                .bytes_copied_in = sluice_count(transfer, SLUICE_BYTES_COPIED_IN),
                .bytes_copied_out = sluice_count(transfer, SLUICE_BYTES_COPIED_OUT),
                .bytes_copied_by_kernel = sluice_count(transfer, SLUICE_BYTES_COPIED_BY_KERNEL),
                .bytes_from_disk = bytes_from_disk,
                .disk_known = true,
                .sink = "receiver",
                .sink_note = "over loopback",
                .calls = trial->calls,
                .call_count = n,
        };
}

int trial_run(struct trial *ret_trial, int file_fd, const sluice_method *method,
              uint64_t buffer_bytes, const char **ret_why_not)
{
        cleanup_fd int near = -1;
        cleanup_fd int far = -1;
        sluice_transfer *transfer;
        uint64_t blocks = blocks_read();

        int r = connect_loopback(&near, &far);
        if (r < 0)
                return r;
        r = sluice_open(&transfer, near, file_fd, 0, TRIAL_BYTES, method, SLUICE_NO_FALLBACK);
        if (r < 0)
                return r;
        if (buffer_bytes > 0)
                r = sluice_set_buffer_size(transfer, (size_t)buffer_bytes);
        if (r == 0)
                r = run(transfer, far, ret_why_not);
        if (r == 0)
                collect(ret_trial, transfer, (blocks_read() - blocks) * BLOCK_BYTES);
        sluice_close(transfer);
        return r;
}
