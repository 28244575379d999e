/* Stands between a client and a TLS server and says how long the server's records are.
 *
 * usage: tls_records PORT SERVER_PORT
 *
 * Listens on 127.0.0.1:PORT, "ready" on standard output, passes one connection on and
 * prints how often each length came, "COUNT LENGTH" a line: of records of application
 * data (RFC 8446 5.1), as they are on the wire, without their head of five bytes. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD 5
#define APPLICATION_DATA 23
#define LENGTH_MAX (1 << 16)

static unsigned counts[LENGTH_MAX];

static void count(const unsigned char *data, size_t length)
{
        static unsigned char head[HEAD];
        static size_t head_length, left;

        for (size_t i = 0; i < length;) {
                if (left > 0) {
                        size_t n = length - i < left ? length - i : left;
                        left -= n;
                        i += n;
                        continue;
                }
                head[head_length++] = data[i++];
                if (head_length < HEAD)
                        continue;
                head_length = 0;
                left = (size_t)head[3] << 8 | head[4];
                if (head[0] == APPLICATION_DATA)
                        counts[left]++;
        }
}

/* False: there is no more. */
static bool pass(int from, int to, bool counted)
{
        static unsigned char buffer[1 << 18];
        ssize_t n = recv(from, buffer, sizeof(buffer), 0);
        if (n <= 0)
                return false;
        if (counted)
                count(buffer, (size_t)n);
        for (ssize_t sent = 0, r; sent < n; sent += r) {
                r = send(to, buffer + sent, (size_t)(n - sent), MSG_NOSIGNAL);
                if (r <= 0)
                        return false;
        }
        return true;
}

static struct sockaddr_in local(const char *port)
{
        return (struct sockaddr_in){
                .sin_family = AF_INET,
                .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
}

static int fail(const char *what)
{
        perror(what);
        return 1;
}

int main(int argc, char **argv)
{
        if (argc != 3)
                return 2;
        struct sockaddr_in here = local(argv[1]), there = local(argv[2]);
        int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
        (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (bind(listener, (void *)&here, sizeof(here)) < 0 || listen(listener, 1) < 0)
                return fail("listen");
        puts("ready");
        (void)fflush(stdout);

        int server = socket(AF_INET, SOCK_STREAM, 0), client = accept(listener, NULL, NULL);
        if (client < 0 || connect(server, (void *)&there, sizeof(there)) < 0)
                return fail("connect");
        struct pollfd ends[2] = {{.fd = client, .events = POLLIN},
                                 {.fd = server, .events = POLLIN}};
        bool open = true;
        while (open && poll(ends, 2, -1) > 0) {
                if (ends[0].revents)
                        open = pass(client, server, false);
                if (open && ends[1].revents)
                        open = pass(server, client, true);
        }
        for (unsigned length = 0; length < LENGTH_MAX; length++)
                if (counts[length] > 0)
                        printf("%u %u\n", counts[length], length);
        return 0;
}
