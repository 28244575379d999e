/* Sends a file to a TCP address: the smallest use of libsluice.
 *
 *     cc -o blocking_send blocking_send.c $(pkg-config --cflags --libs sluice)
 *     nc -l 9000 >copy &
 *     ./blocking_send 127.0.0.1 9000 film.mkv
 *
 * sluice_send() returns when the kernel has taken every byte. */
#include <sluice.h>

#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A connected socket, or -1. */
static int connect_to(const char *host, const char *port)
{
        struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
        struct addrinfo *addresses;
        int fd = -1;

        if (getaddrinfo(host, port, &wanted, &addresses) != 0)
                return -1;
        for (struct addrinfo *a = addresses; a && fd < 0; a = a->ai_next) {
                fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
                if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
                        close(fd);
                        fd = -1;
                }
        }
        freeaddrinfo(addresses);
        return fd;
}

int main(int argc, char **argv)
{
        if (argc != 4) {
                fprintf(stderr, "usage: %s HOST PORT FILE\n", argv[0]);
                return 2;
        }

        /* sendfile(2) raises SIGPIPE when the peer has gone. Ignored, the send
         * ends with -EPIPE instead. */
        signal(SIGPIPE, SIG_IGN);

        int file = open(argv[3], O_RDONLY | O_CLOEXEC);
        struct stat status;
        if (file < 0 || fstat(file, &status) < 0) {
                perror(argv[3]);
                return 1;
        }
        int out = connect_to(argv[1], argv[2]);
        if (out < 0) {
                fprintf(stderr, "%s: cannot connect to %s port %s\n", argv[0], argv[1], argv[2]);
                return 1;
        }

        /* NULL: the library chooses the method. */
        uint64_t sent;
        int error = sluice_send(out, file, 0, (uint64_t)status.st_size, NULL, &sent);
        if (error < 0)
                fprintf(stderr, "%s: %s after %" PRIu64 " bytes\n", argv[0], strerror(-error),
                        sent);

        printf("%" PRIu64 " bytes, %" PRIu64 " system calls, %" PRIu64 " bytes copied\n", sent,
               sluice_process_count(NULL, SLUICE_SYSTEM_CALLS),
               sluice_process_count(NULL, SLUICE_BYTES_COPIED_IN) +
                       sluice_process_count(NULL, SLUICE_BYTES_COPIED_OUT));
        close(out);
        close(file);
        return error < 0 ? 1 : 0;
}
