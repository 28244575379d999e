#include "serve/refusal.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

#define PATIENCE_NS (2 * NS_PER_S)

/* Of those who wait, so many are refused at a time. */
#define WAITING_MAX 64

static const char refusal[] = "HTTP/1.1 503 Service Unavailable\r\n"
                              "Retry-After: 1\r\n"
                              "Content-Type: text/plain\r\n"
                              "Content-Length: 51\r\n"
                              "Connection: close\r\n"
                              "\r\n"
                              "503 Service Unavailable\nToo many connections here.\n";

void refusals_init(struct refusals *refusals, bool with_reserve, bool silent)
{
        *refusals = (struct refusals){
                .silent = silent,
                .reserve_fd = with_reserve ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0) : -1,
        };
}

void refusals_done(struct refusals *refusals)
{
        while (refusals_drop_oldest(refusals))
                continue;
        fd_close(&refusals->reserve_fd);
}

void refusal_tell(int fd)
{
        (void)!send(fd, refusal, sizeof(refusal) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void tell(const struct refusals *refusals, int fd)
{
        if (!refusals->silent)
                refusal_tell(fd);
        (void)shutdown(fd, SHUT_WR);
}

/* With bytes unread, close(2) would send a reset, which may overtake the answer. */
static void close_read(int *fd)
{
        char unread[4096];
        for (int i = 0; i < 8 && recv(*fd, unread, sizeof(unread), MSG_DONTWAIT) > 0; i++)
                continue;
        fd_close(fd);
}

bool refusals_drop_oldest(struct refusals *refusals)
{
        if (refusals->count == 0)
                return false;
        close_read(&refusals->told[refusals->first].fd);
        refusals->first = (refusals->first + 1) % REFUSALS_MAX;
        refusals->count--;
        return true;
}

void refuse(struct refusals *refusals, int *fd, uint64_t now_ns)
{
        if (refusals->count == REFUSALS_MAX)
                (void)refusals_drop_oldest(refusals);
        tell(refusals, *fd);
        refusals->told[(refusals->first + refusals->count++) % REFUSALS_MAX] =
                (struct refusal){fd_take(fd), now_ns + PATIENCE_NS};
}

bool refusals_expire(struct refusals *refusals, uint64_t now_ns)
{
        while (refusals->count > 0 && refusals->told[refusals->first].until_ns <= now_ns)
                (void)refusals_drop_oldest(refusals);
        return refusals->count > 0;
}

void refuse_waiting(struct refusals *refusals, int listening_fd)
{
        if (refusals->reserve_fd < 0)
                return;
        fd_close(&refusals->reserve_fd);
        for (int i = 0; i < WAITING_MAX; i++) {
                int fd = accept4(listening_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (fd < 0)
                        break;
                tell(refusals, fd);
                close_read(&fd);
        }
        refusals->reserve_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
}
