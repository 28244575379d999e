#include "serve/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

void sandbox_enter(const struct sandbox_needs *needs, struct sandbox_result *ret_result)
{
        struct sandbox_result result = {0};

        /* The log's time stamps want /etc/localtime, once. */
        tzset();
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
                result.landlock_error = result.seccomp_error = -errno;
        } else {
                result.landlock_error =
                        landlock_enter(needs->roots, needs->root_count, &result.landlock_abi);
                /* Last: it forbids the calls that the other needs. */
                result.seccomp_error = seccomp_enter(needs->io_uring);
        }
        *ret_result = result;
}

static void describe(const struct sandbox_result *result, char described[static SANDBOX_TEXT_SIZE])
{
        char landlock[96], seccomp[96];

        if (result->landlock_error == 0)
                (void)snprintf(landlock, sizeof(landlock), "Landlock %d", result->landlock_abi);
        else
                (void)snprintf(landlock, sizeof(landlock), "no Landlock (%s)",
                               strerror(-result->landlock_error));
        if (result->seccomp_error == 0)
                (void)snprintf(seccomp, sizeof(seccomp), "seccomp");
        else
                (void)snprintf(seccomp, sizeof(seccomp), "no seccomp (%s)",
                               strerror(-result->seccomp_error));
        (void)snprintf(described, SANDBOX_TEXT_SIZE, "%s, %s", landlock, seccomp);
}

int sandbox_obey(const char *wish, const struct sandbox_needs *needs,
                 char described[static SANDBOX_TEXT_SIZE])
{
        struct sandbox_result result;
        bool required = strcmp(wish, "required") == 0;

        (void)snprintf(described, SANDBOX_TEXT_SIZE, "off");
        if (strcmp(wish, "off") == 0)
                return 0;
        sandbox_enter(needs, &result);
        describe(&result, described);
        if (result.landlock_error == 0 && result.seccomp_error == 0)
                return 0;
        (void)fprintf(stderr, "sluice: %s: %s\n",
                      required ? "the sandbox that is required is not to be had"
                               : "the sandbox is not whole",
                      described);
        return required ? -EPERM : 0;
}
