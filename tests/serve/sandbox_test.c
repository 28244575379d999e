/* The sandbox, tested by trying: a process enters it and does what it must not,
 * or what it may. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/sandbox.h"
#include "serve/sanitized.h"

#define SKIPPED 77

static char folder[] = "/tmp/sluice-sandbox-XXXXXX";
static struct root root;

/* What an attempt did: its return value, or -errno. */
typedef long attempt_function(void);

static long result_of(long r)
{
        return r < 0 ? -errno : 0;
}

/* ---- Attempts ---- */

static long read_beneath(void)
{
        int fd;
        return root_open_path(&root, "inside.txt", 0, &fd);
}

static long reopen_for_direct(void)
{
        char path[64];
        int fd;
        int r = root_open_path(&root, "inside.txt", 0, &fd);
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return r < 0 ? r : result_of(open(path, O_RDONLY | O_CLOEXEC));
}

static void *idle(void *argument)
{
        return argument;
}

static long start_thread(void)
{
        pthread_t thread;
        int r = pthread_create(&thread, NULL, idle, NULL);
        return r ? -r : -pthread_join(thread, NULL);
}

static long allocate(void)
{
        for (size_t size = 1; size < (size_t)64 << 20; size *= 2) {
                char *memory = malloc(size);
                if (!memory)
                        return -ENOMEM;
                memory[size - 1] = 1;
                free(memory);
        }
        return 0;
}

static long make_ring(void)
{
        char parameters[120] = {0};
        return result_of(syscall(SYS_io_uring_setup, 4, parameters));
}

static long read_elsewhere(void)
{
        return result_of(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static long read_elsewhere_by_openat2(void)
{
        const struct root everything = {.fd = AT_FDCWD};
        int fd;
        return root_open_path(&everything, "etc/passwd", 0, &fd);
}

static long write_beneath(void)
{
        return result_of(openat(root.fd, "inside.txt", O_WRONLY | O_CLOEXEC));
}

static long create_by_openat2(void)
{
        const uint64_t how[3] = {O_WRONLY | O_CREAT | O_CLOEXEC, 0600, 0};
        return result_of(syscall(SYS_openat2, root.fd, "new", how, sizeof(how)));
}

static long delete_beneath(void)
{
        return result_of(unlinkat(root.fd, "inside.txt", 0));
}

static long make_socket(void)
{
        return result_of(socket(AF_INET, SOCK_STREAM, 0));
}

static long execute_program(void)
{
        char *const words[] = {(char *)"true", NULL};
        return result_of(execv("/bin/true", words));
}

static long fork_process(void)
{
        return result_of(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static long make_code(void)
{
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return page == MAP_FAILED ? -errno : 0;
}

static long trace_parent(void)
{
        return result_of(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static long change_user(void)
{
        return result_of(setuid(0));
}

static long kill_parent(void)
{
        return result_of(kill(getppid(), 0));
}

/* ---- Trying ---- */

/* The wait(2) status of a process that entered the sandbox and made the attempt:
 * an exit code is -errno's errno. */
static int try(attempt_function *attempt, bool io_uring)
{
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                const struct sandbox_needs needs = {
                        .roots = (const struct root *const[]){&root},
                        .root_count = 1,
                        .io_uring = io_uring,
                };
                struct sandbox_result result;
                sandbox_enter(&needs, &result);
                if (result.landlock_error < 0 || result.seccomp_error < 0)
                        _exit(SKIPPED);
                _exit((int)-attempt());
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
                skip();
        return status;
}

static void assert_fails(attempt_function *attempt, int error)
{
        int status = try(attempt, false);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), error);
}

static void assert_kills(attempt_function *attempt)
{
        int status = try(attempt, false);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void test_serving_goes_on(void **state)
{
        (void)state;
        assert_fails(read_beneath, 0);
        assert_fails(reopen_for_direct, 0);
        assert_fails(start_thread, 0);
        assert_fails(allocate, 0);
}

static void test_files_elsewhere_are_out_of_reach(void **state)
{
        (void)state;
        assert_fails(read_elsewhere, EACCES);
        assert_fails(read_elsewhere_by_openat2, EACCES);
        assert_fails(create_by_openat2, EACCES);
}

static void test_a_wrong_call_kills(void **state)
{
        (void)state;
        assert_kills(make_socket);
        assert_kills(execute_program);
        assert_kills(delete_beneath);
        assert_kills(change_user);
        if (SANITIZED)
                return; /* whose runtime needs these */
        assert_kills(write_beneath);
        assert_kills(fork_process);
        assert_kills(make_code);
        assert_kills(trace_parent);
        assert_kills(kill_parent);
}

static void test_a_ring_is_for_its_method_only(void **state)
{
        (void)state;
        assert_fails(make_ring, EPERM);
        int status = try(make_ring, true);
        assert_true(WIFEXITED(status));
        /* Where the kernel forbids it, it says the same. */
        assert_true(WEXITSTATUS(status) != EPERM || make_ring() == -EPERM);
}

static int make_folder(void **state)
{
        char path[sizeof(folder) + 16];
        (void)state;
        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof(path), "%s/inside.txt", folder);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0 && close(fd) == 0);
        assert_int_equal(root_open(&root, folder), 0);
        /* For read_elsewhere_by_openat2(), which is beneath where it is. */
        return chdir("/");
}

static int remove_folder(void **state)
{
        (void)state;
        (void)unlinkat(root.fd, "inside.txt", 0);
        (void)rmdir(folder);
        root_close(&root);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_serving_goes_on),
                cmocka_unit_test(test_files_elsewhere_are_out_of_reach),
                cmocka_unit_test(test_a_wrong_call_kills),
                cmocka_unit_test(test_a_ring_is_for_its_method_only),
        };
        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
