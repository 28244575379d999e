/* Offsets around 2^31 and 2^32, long streams, signals, descriptors and pipes
 * that run out. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "context.h"
#include "drive.h"
#include "each_method.h"
#include "pattern.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static void offsets_around_2_and_4_gib(const sluice_method *method)
{
        int fd = pattern_file(0);
        for (uint64_t edge = 2 * GIB; edge <= 4 * GIB; edge += 2 * GIB) {
                pattern_write(fd, edge - 20000, 40000);
                for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++) {
                        struct drive asked = {.method = method,
                                              .wire = wire,
                                              .file_fd = fd,
                                              .offset = edge - 9999,
                                              .length = 20001};
                        struct outcome outcome;
                        if (drive_supported(&asked, &outcome))
                                outcome_check_complete(&asked, &outcome);
                }
        }
        close(fd);
}

/* Zeros, from a file without blocks: what counts is that more than 2^31 bytes
 * go out by one transfer. By the methods that are quick enough. */
static void more_than_2_gib(const sluice_method *method)
{
        if (method && strcmp(sluice_method_name(method), "sendfile") != 0)
                return;
        int fd = pattern_file(0);
        check(ftruncate(fd, (off_t)(2 * GIB + 4097)) == 0, "ftruncate");
        struct drive asked = {.method = method,
                              .receiver = RECEIVER_DISCARDS,
                              .file_fd = fd,
                              .length = 2 * GIB + 4097};
        struct outcome outcome = drive(&asked);
        outcome_check_complete(&asked, &outcome);
        close(fd);
}

static void on_alarm(int signal_number)
{
        (void)signal_number;
}

static void start_interrupting(void)
{
        /* No SA_RESTART: the system calls end with EINTR. */
        struct sigaction action = {.sa_handler = on_alarm};
        sigaction(SIGALRM, &action, NULL);
        struct itimerval every = {.it_interval.tv_usec = 300, .it_value.tv_usec = 300};
        setitimer(ITIMER_REAL, &every, NULL);
}

static void stop_interrupting(void)
{
        setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
}

static void interrupted_by_signals(const sluice_method *method)
{
        int fd = pattern_file(2 * MIB);
        for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++) {
                for (int blocking = 0; blocking < 2; blocking++) {
                        struct drive asked = {.method = method,
                                              .wire = wire,
                                              .receiver = RECEIVER_SLOW,
                                              .blocking = blocking,
                                              .file_fd = fd,
                                              .length = 2 * MIB,
                                              .begin = start_interrupting,
                                              .end = stop_interrupting};
                        struct outcome outcome;
                        if (drive_supported(&asked, &outcome))
                                outcome_check_complete(&asked, &outcome);
                }
        }
        close(fd);
}

static struct rlimit saved_limit;

static void forbid_descriptors(void *argument)
{
        (void)argument;
        struct rlimit none = saved_limit;
        /* Up to the lowest free one; not 0, which poll(2) would refuse. */
        int free_fd = dup(0);
        close(free_fd);
        none.rlim_cur = (rlim_t)free_fd;
        check(setrlimit(RLIMIT_NOFILE, &none) == 0, "RLIMIT_NOFILE");
}

static void forbid_from_the_start(void)
{
        forbid_descriptors(NULL);
}

static void allow_descriptors(void)
{
        check(setrlimit(RLIMIT_NOFILE, &saved_limit) == 0, "RLIMIT_NOFILE");
}

/* No descriptor is free: the method does without or says so, in words; what
 * auto takes must do without. */
static void no_descriptor_at_the_start(const sluice_method *method)
{
        int fd = pattern_file(MIB);
        getrlimit(RLIMIT_NOFILE, &saved_limit);
        for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++) {
                struct drive asked = {.method = method,
                                      .wire = wire,
                                      .file_fd = fd,
                                      .length = MIB,
                                      .begin = forbid_from_the_start,
                                      .end = allow_descriptors};
                struct outcome outcome = drive(&asked);
                /* The fall-back carries it to the end. */
                outcome_check_complete(&asked, &outcome);
                check(method || outcome.fallbacks == 0, "auto fell back");
                check(outcome.fallbacks == 0 || strlen(outcome.why_not) > 10, "without words");
        }
        close(fd);
}

static void no_descriptor_midway(const sluice_method *method)
{
        int fd = pattern_file(4 * MIB);
        getrlimit(RLIMIT_NOFILE, &saved_limit);
        for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++) {
                struct drive asked = {.method = method,
                                      .wire = wire,
                                      .file_fd = fd,
                                      .length = 4 * MIB,
                                      .budget = 100000,
                                      .midway = forbid_descriptors,
                                      .midway_at = MIB,
                                      .end = allow_descriptors};
                struct outcome outcome;
                if (drive_supported(&asked, &outcome))
                        outcome_check_complete(&asked, &outcome);
        }
        close(fd);
}

/* As a user who has used up the pages that pipes may have: new ones are tiny. */
static void with_tiny_pipes(const sluice_method *method, int fd)
{
        context_in_child();
        check(fchmod(fd, 0444) == 0, "fchmod");
        check(setgid(65534) == 0 && setuid(65534) == 0, "becoming nobody");
        /* Otherwise /proc/self is root's. */
        check(prctl(PR_SET_DUMPABLE, 1) == 0, "PR_SET_DUMPABLE");
        int pair[2], got = 0;
        char text[16] = "";
        int soft = open("/proc/sys/fs/pipe-user-pages-soft", O_RDONLY);
        (void)!read(soft, text, sizeof(text) - 1);
        close(soft);
        /* Large ones use the pages up with few descriptors. */
        for (int pages = atoi(text); got < pages && pipe(pair) == 0; got += 16)
                if (fcntl(pair[1], F_SETPIPE_SZ, 1 << 20) > 0)
                        got += 240;
        struct drive asked = {.method = method, .wire = WIRE_TCP, .file_fd = fd, .length = MIB};
        struct outcome outcome = drive(&asked);
        outcome_check_complete(&asked, &outcome);
        bool pipes = method && strcmp(sluice_method_name(method), "splice") == 0;
        check(outcome.fallbacks == 0 || pipes || !must_support(method, WIRE_TCP, fd),
              "falls back without a need: %s", outcome.why_not);
        check(!pipes || (outcome.fallbacks == 1 && strstr(outcome.why_not, "pipe")),
              "uses a tiny pipe");
}

static void pipes_exhausted(const sluice_method *method)
{
        if (geteuid() != 0) {
                puts("SKIPPED: needs root, to become another user");
                return;
        }
        int fd = pattern_file(MIB);
        pid_t child = fork();
        check(child >= 0, "fork");
        if (child == 0) {
                with_tiny_pipes(method, fd);
                _exit(0);
        }
        int status;
        check(waitpid(child, &status, 0) == child && status == 0, "the child failed: %x", status);
        close(fd);
}

int main(int argc, char **argv)
{
        (void)argc;
        static const struct method_test tests[] = {
                METHOD_TEST(offsets_around_2_and_4_gib), METHOD_TEST(more_than_2_gib),
                METHOD_TEST(interrupted_by_signals),     METHOD_TEST(no_descriptor_at_the_start),
                METHOD_TEST(no_descriptor_midway),       METHOD_TEST(pipes_exhausted),
        };
        return each_method("limits", tests, sizeof(tests) / sizeof(tests[0]), argv + 1);
}
