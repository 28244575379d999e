/* The lab's connections: whole, whatever interrupts. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/fd.h"
#include "lab/protocol.h"

#define INTERRUPT_US 20000

static int listening_fd;
static volatile sig_atomic_t interrupted;

/* A queue of 0 holds one connection; while it is full, who comes next waits. */
static void listen_with_full_queue(struct address *address, int *ret_first_fd)
{
        struct sockaddr *any = (struct sockaddr *)&address->storage;

        assert_int_equal(address_parse(address, "127.0.0.1", 0), 0);
        listening_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        *ret_first_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(listening_fd, any, address->length), 0);
        assert_int_equal(listen(listening_fd, 0), 0);
        assert_int_equal(getsockname(listening_fd, any, &address->length), 0);
        assert_int_equal(connect(*ret_first_fd, any, address->length), 0);
}

/* The third time it makes room: the connection is made when SYN is sent again. */
static void interrupt(int number)
{
        int kept = errno;
        (void)number;
        if (++interrupted == 3)
                (void)close(accept(listening_fd, NULL, NULL));
        errno = kept;
}

static void interrupted_connection_is_made(void **state)
{
        struct sigaction action = {.sa_handler = interrupt};
        struct itimerval every = {{0, INTERRUPT_US}, {0, INTERRUPT_US}}, never = {0};
        struct address address;
        enum protocol_role role;
        cleanup_fd int first_fd = -1;
        cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        (void)state;

        interrupted = 0;
        listen_with_full_queue(&address, &first_fd);
        assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
        assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
        int r = protocol_connect(fd, &address, PROTOCOL_DATA);
        assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
        assert_int_equal(r, 0);
        assert_true(interrupted >= 3);

        cleanup_fd int far_fd = accept(listening_fd, NULL, NULL);
        assert_int_equal(protocol_read_hello(far_fd, &role), 0);
        assert_int_equal(role, PROTOCOL_DATA);
        fd_close(&listening_fd);
}

static void refused_connection_says_so(void **state)
{
        struct address address;
        cleanup_fd int first_fd = -1;
        cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        (void)state;

        listen_with_full_queue(&address, &first_fd);
        fd_close(&listening_fd);
        assert_int_equal(protocol_connect(fd, &address, PROTOCOL_DATA), -ECONNREFUSED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(interrupted_connection_is_made),
                cmocka_unit_test(refused_connection_says_so),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
