#include "serve/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"

#define SAME_NS NS_PER_S

static const struct {
        int number;
        enum control_message message; /* 0: not passed on */
} watched[] = {
        {SIGINT, 0},
        {SIGCHLD, 0},
        {SIGTERM, CONTROL_TERM},
        {SIGHUP, CONTROL_HUP},
        {SIGUSR1, CONTROL_USR1},
        {SIGUSR2, CONTROL_USR2},
};

#define WATCHED (sizeof(watched) / sizeof(watched[0]))

static int open_set(const sigset_t *set, int *ret_fd)
{
        (void)pthread_sigmask(SIG_SETMASK, set, NULL);
        int fd = signalfd(-1, set, SFD_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        return 0;
}

int signals_open(int *ret_fd)
{
        sigset_t set;
        (void)sigemptyset(&set);
        for (size_t i = 0; i < WATCHED; i++)
                (void)sigaddset(&set, watched[i].number);
        return open_set(&set, ret_fd);
}

int signals_open_serving(int *ret_fd)
{
        sigset_t set;
        (void)sigemptyset(&set);
        for (size_t i = 0; i < WATCHED; i++)
                if (watched[i].message)
                        (void)sigaddset(&set, watched[i].number);
        return open_set(&set, ret_fd);
}

void signals_pass_on(int fd, int control)
{
        struct signalfd_siginfo info;

        if (read(fd, &info, sizeof(info)) != sizeof(info) || info.ssi_code == SI_KERNEL)
                return;
        for (size_t i = 0; i < WATCHED; i++)
                if (watched[i].number == (int)info.ssi_signo && watched[i].message)
                        (void)!control_send(control, watched[i].message, NULL, 0);
}

int signals_passed_on(enum control_message message)
{
        for (size_t i = 0; i < WATCHED; i++)
                if (watched[i].message == message)
                        return watched[i].number;
        return 0;
}

bool signals_is_same(struct signals_last *last, int number, bool passed_on, uint64_t now_ns)
{
        sigset_t pending;

        /* The keeper's own half is still to be read: that will do. */
        if (passed_on && sigpending(&pending) == 0 && sigismember(&pending, number) == 1)
                return true;
        if (number == last->number && passed_on != last->passed_on &&
            now_ns - last->at_ns < SAME_NS)
                return true;
        *last = (struct signals_last){number, passed_on, now_ns};
        return false;
}
