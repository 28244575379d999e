#include "serve/inheritance.h"

#include <errno.h>
#include <sys/socket.h>

#include "net/listener.h"
#include "unit.h"

#define VARIABLE "SLUICE_INHERITANCE"

static int listening(struct address *address)
{
        const struct listener_options options = {0};
        int fd;
        assert_int_equal(address_parse(address, "127.0.0.1", 0), 0);
        assert_int_equal(listener_open(address, &options, &fd), 0);
        assert_int_equal(listener_address(fd, address), 0);
        return fd;
}

static void test_nothing_is_inherited(void **state)
{
        struct inheritance inheritance;
        struct address address = {0};
        (void)state;
        (void)unsetenv(VARIABLE);
        (void)unsetenv("LISTEN_PID");
        assert_int_equal(inheritance_read(&inheritance), 0);
        assert_false(inheritance.executed || inheritance.managed);
        assert_int_equal(inheritance.ticket_keys, -1);
        assert_int_equal(inheritance.fd_count + inheritance.child_count, 0);
        assert_int_equal(inheritance_take(&inheritance, &address, true), -1);
        inheritance_done(&inheritance);
}

static void test_what_is_written_is_read(void **state)
{
        struct address addresses[2];
        int fds[3] = {listening(&addresses[0]), -1, listening(&addresses[1])};
        int control = dup(fds[0]);
        struct inheritance written = {
                .managed = true,
                .worker_count = 5,
                .fds = fds,
                .fd_count = 3,
                .child_count = 2,
                .children = {{123, control}, {456, fds[2]}},
                .ticket_keys = open("/dev/null", O_RDONLY | O_CLOEXEC),
        };
        struct inheritance read;
        (void)state;

        assert_int_equal(inheritance_write(&written), 0);
        assert_int_equal(fcntl(fds[0], F_GETFD) & FD_CLOEXEC, 0);
        assert_int_equal(fcntl(control, F_GETFD) & FD_CLOEXEC, 0);
        assert_int_equal(inheritance_read(&read), 0);
        assert_null(getenv(VARIABLE));
        assert_true(read.executed && read.managed);
        assert_int_equal(read.worker_count, 5);
        assert_int_equal(read.fd_count, 2); /* not the one that was taken */
        assert_int_equal(read.child_count, 2);
        assert_int_equal(read.children[1].pid, 456);
        assert_int_equal(read.ticket_keys, written.ticket_keys);
        assert_int_equal(fcntl(read.ticket_keys, F_GETFD), FD_CLOEXEC);
        assert_int_equal(read.children[0].control, control);
        assert_int_equal(fcntl(fds[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);

        assert_int_equal(inheritance_take(&read, &addresses[1], false), fds[2]);
        assert_int_equal(inheritance_take(&read, &addresses[1], false), -1);
        struct address any = addresses[0];
        address_set_port(&any, 1);
        assert_int_equal(inheritance_take(&read, &any, false), -1);
        assert_int_equal(inheritance_take(&read, &any, true), fds[0]);
        assert_int_equal(address_port(&any), address_port(&addresses[0]));
        inheritance_done(&read);
        (void)close(fds[0]);
        (void)close(fds[2]);
        (void)close(control);
        (void)close(read.ticket_keys);
}

static void test_nobody_executed_after_all(void **state)
{
        struct address address;
        int fd = listening(&address);
        const struct inheritance written = {.fds = &fd, .fd_count = 1, .ticket_keys = -1};
        (void)state;
        assert_int_equal(inheritance_write(&written), 0);
        inheritance_keep(&written);
        assert_null(getenv(VARIABLE));
        assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        (void)close(fd);
}

static void test_the_rest_is_closed(void **state)
{
        struct address address;
        int fds[1] = {listening(&address)}, fd = fds[0];
        struct inheritance inheritance = {.fds = fds, .fd_count = 1};
        (void)state;
        inheritance_close_rest(&inheritance);
        assert_int_equal(fcntl(fd, F_GETFD), -1);
        assert_int_equal(fds[0], -1);
        inheritance_close_rest(&inheritance);
}

static void test_what_we_did_not_write_is_refused(void **state)
{
        static const char *const bad[] = {
                "x",        "",           "1",         "0 2 999 ",        "0 2 1,x ", "0 2  7",
                "0 2  7:x", "0 2  7:999", "-1 2  ",    "0 99999999999  ", "0 2 1 :",  "0 2 1;2 ",
                "0 2   x",  "0 2   999",  "0 2   1 2", "0 2   -1"};
        struct inheritance inheritance;
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                (void)setenv(VARIABLE, bad[i], 1);
                if (inheritance_read(&inheritance) != -EINVAL)
                        fail_msg("'%s' was taken", bad[i]);
                assert_null(getenv(VARIABLE));
        }
}

static void test_a_manager_speaks_to_one_process(void **state)
{
        struct inheritance inheritance;
        char pid[16];
        (void)state;
        (void)unsetenv(VARIABLE);
        for (int own = 0; own < 2; own++) {
                (void)snprintf(pid, sizeof(pid), "%d", (int)getpid() + !own);
                (void)setenv("LISTEN_PID", pid, 1);
                (void)setenv("LISTEN_FDS", "1", 1);
                assert_true(dup2(1, 3) == 3);
                assert_int_equal(inheritance_read(&inheritance), 0);
                assert_int_equal(inheritance.managed, own);
                assert_int_equal(inheritance.fd_count, own);
                assert_null(getenv("LISTEN_FDS"));
                inheritance_done(&inheritance);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing_is_inherited),
                cmocka_unit_test(test_what_is_written_is_read),
                cmocka_unit_test(test_nobody_executed_after_all),
                cmocka_unit_test(test_the_rest_is_closed),
                cmocka_unit_test(test_what_we_did_not_write_is_refused),
                cmocka_unit_test(test_a_manager_speaks_to_one_process),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
