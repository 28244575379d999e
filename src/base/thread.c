#include "base/thread.h"

#include <signal.h>

/* A fault of the thread itself. The kernel kills where such a one is blocked, past
 * every handler: a sanitizer, and who else explains a crash, would stay silent. */
static const int own_faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

int thread_start(pthread_t *ret_thread, const pthread_attr_t *attributes, void *(*run)(void *),
                 void *argument)
{
        sigset_t others, before;

        /* A thread begins with the mask of who made it. */
        (void)sigfillset(&others);
        for (size_t i = 0; i < sizeof(own_faults) / sizeof(own_faults[0]); i++)
                (void)sigdelset(&others, own_faults[i]);
        (void)pthread_sigmask(SIG_SETMASK, &others, &before);
        int r = pthread_create(ret_thread, attributes, run, argument);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        return -r;
}
