#include "serve/notify.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

void notify(const char *state)
{
        const char *path = getenv("NOTIFY_SOCKET");
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        size_t length = path ? strlen(path) : 0;

        if (length == 0 || length >= sizeof(address.sun_path))
                return;
        memcpy(address.sun_path, path, length);
        if (path[0] == '@') /* an abstract one */
                address.sun_path[0] = '\0';
        cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd >= 0)
                (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL,
                              (const struct sockaddr *)&address,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

void notify_ready(void)
{
        char state[64];
        (void)snprintf(state, sizeof(state), "READY=1\nMAINPID=%d", (int)getpid());
        notify(state);
}

void notify_reloading(void)
{
        char state[64];
        (void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%ju",
                       (uintmax_t)(clock_monotonic_ns() / NS_PER_US));
        notify(state);
}
