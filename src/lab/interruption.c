#include "lab/interruption.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t came;
static const char *said;
static struct sigaction before;
static bool is_watched;

static void note(int signal_number)
{
        int kept = errno;
        (void)signal_number;
        came = 1;
        (void)!write(STDERR_FILENO, said, strlen(said));
        errno = kept;
}

void interruption_watch(const char *message)
{
        /* What waits goes on waiting; the handler serves once. */
        struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART | SA_RESETHAND};

        came = 0;
        said = message;
        (void)sigemptyset(&action.sa_mask);
        if (sigaction(SIGINT, NULL, &before) < 0 || before.sa_handler == SIG_IGN)
                return;
        is_watched = sigaction(SIGINT, &action, NULL) == 0;
}

bool interruption_came(void)
{
        return came != 0;
}

void interruption_release(void)
{
        if (is_watched)
                (void)sigaction(SIGINT, &before, NULL);
        is_watched = false;
}
