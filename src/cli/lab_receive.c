/* `sluice lab receive`: the receiving end on the other machine. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/commands.h"
#include "lab/protocol.h"
#include "lab/receiver.h"
#include "net/address.h"

#define FIELD(name) offsetof(struct receive_options, name)

struct receive_options {
        const char *bind;
        uint64_t port;
        uint64_t idle_ms;
        bool once;
};

static int check_bind(const char *value)
{
        struct address address;
        int r = address_parse(&address, value, 0);
        return r == 0 && address_is_unix(&address) ? -EINVAL : r;
}

static void announce(const struct address *address)
{
        char host[ADDRESS_TEXT_SIZE];
        unsigned port = address_port(address);

        (void)printf("listening on %s port %u: ", address_host(address, host), port);
        if (address_is_loopback(address))
                (void)printf("for this machine only; 'sluice lab receive --bind ADDRESS' lets "
                             "another one in\n");
        else
                (void)printf("'sluice lab --to HOST:%u' on the other machine\n", port);
}

static int open_listener(const struct receive_options *wanted, int *ret_fd)
{
        const int on = 1;
        struct address address;
        int r = address_parse(&address, wanted->bind, (uint16_t)wanted->port);
        if (r < 0)
                return r;
        cleanup_fd int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
            bind(fd, (const struct sockaddr *)&address.storage, address.length) < 0 ||
            listen(fd, PROTOCOL_CONNECTIONS_MAX) < 0 ||
            getsockname(fd, (struct sockaddr *)&address.storage, &address.length) < 0)
                return -errno;
        announce(&address);
        (void)fflush(stdout);
        *ret_fd = fd_take(&fd);
        return 0;
}

static int run(const void *filled)
{
        const struct receive_options *wanted = filled;
        cleanup_fd int fd = -1;

        (void)signal(SIGPIPE, SIG_IGN);
        int r = open_listener(wanted, &fd);
        if (r < 0) {
                (void)fprintf(stderr, "sluice lab receive: cannot listen on %s port %ju: %s\n",
                              wanted->bind, (uintmax_t)wanted->port, strerror(-r));
                return EXIT_FAILURE;
        }
        do {
                r = receiver_serve(fd, wanted->idle_ms);
                if (r < 0)
                        (void)fprintf(stderr, "sluice lab receive: a run ended early: %s\n",
                                      strerror(-r));
                /* Out of descriptors or memory: a moment may help, spinning does not. */
                if (r < 0)
                        (void)usleep(100000);
        } while (!wanted->once);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static const struct option_spec options[] = {
        {
                .name = "bind",
                .letter = 'b',
                .kind = OPTION_TEXT,
                .value = "ADDRESS",
                .default_text = "127.0.0.1",
                .help = "Listen on this IPv4 or IPv6 address. Whoever reaches it can have this "
                        "machine take bytes, and throw them away",
                .offset = FIELD(bind),
                .check = check_bind,
                .expected = "an IPv4 or IPv6 address",
        },
        {
                .name = "port",
                .letter = 'p',
                .kind = OPTION_NUMBER,
                .value = "PORT",
                .default_text = "5210",
                .help = "Port to listen on; 0 takes a free one",
                .offset = FIELD(port),
                .maximum = UINT16_MAX,
        },
        {
                .name = "idle",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "2m",
                .help = "Turn to the next lab when the one that is connected asks for nothing for "
                        "this long",
                .offset = FIELD(idle_ms),
                .minimum = 10,
                .maximum = UINT64_C(24) * 3600 * 1000,
        },
        {
                .name = "once",
                .kind = OPTION_FLAG,
                .help = "Exit after one run",
                .offset = FIELD(once),
        },
};

const struct command command_lab_receive = {
        .name = "lab receive",
        .summary = "Take the bytes of a lab that runs on another machine",
        .groups = ONE_GROUP(options),
        .size = sizeof(struct receive_options),
        .run = run,
};
