#include "serve/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>

static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};

int signals_open(int *ret_fd)
{
        sigset_t set;
        (void)sigemptyset(&set);
        for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
                (void)sigaddset(&set, watched[i]);
        (void)sigprocmask(SIG_BLOCK, &set, NULL);
        int fd = signalfd(-1, &set, SFD_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        return 0;
}

void signals_leave(void)
{
        sigset_t none;
        for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
                if (watched[i] != SIGCHLD)
                        (void)signal(watched[i], SIG_IGN);
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
}
