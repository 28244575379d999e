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
#include "base/number.h"

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

int notify_watchdog_ms(void)
{
        const char *pid_text = getenv("WATCHDOG_PID"), *patience_text = getenv("WATCHDOG_USEC");
        uint64_t pid, patience_us;

        if (!patience_text || number_parse(span_of(patience_text), &patience_us) < 0)
                return -1;
        if (pid_text && (number_parse(span_of(pid_text), &pid) < 0 || pid != (uint64_t)getpid()))
                return -1;
        uint64_t ms = patience_us / 2 / 1000;
        return ms < 1 ? 1 : ms > INT32_MAX ? INT32_MAX : (int)ms;
}
