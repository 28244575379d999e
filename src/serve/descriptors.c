#include "serve/descriptors.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/number.h"

/* Logs, roots, loops, listeners, the keeper's socket. */
#define OURS_BASE 24
#define OURS_A_WORKER 4

/* fs.nr_open as Linux comes. */
#define DESCRIPTORS_MAX (1 << 20)

void descriptors_raise_limit(void)
{
        struct rlimit limit;
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

uint64_t descriptors_limit(void)
{
        struct rlimit limit;
        return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? UINT64_MAX : limit.rlim_cur;
}

void descriptors_close_sockets(uint64_t limit, int kept)
{
        for (int fd = STDERR_FILENO + 1; (uint64_t)fd < limit && fd < DESCRIPTORS_MAX; fd++) {
                int type;
                socklen_t size = sizeof(type);
                if (fd != kept && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0)
                        (void)close(fd);
        }
}

/* Five eighths are for connections, an eighth for files that caches keep open (small ones are in
 * memory); the rest is for files that are being sent and in no cache, and for who is
 * refused. */
struct descriptors descriptors_share_out(uint64_t limit, const struct serve_options *options,
                                         uint64_t workers)
{
        uint64_t ours = number_least(limit / 2, OURS_BASE + OURS_A_WORKER * workers);
        uint64_t left = limit - ours, cached = options->cache_entries * workers;
        struct descriptors descriptors = {
                .limit = limit,
                .connections = number_least(options->connections_max, left / 8 * 5),
                .cached = number_least(cached, left / 8),
        };

        if (descriptors.connections == 0)
                descriptors.connections = 1;
        descriptors.cut =
                descriptors.connections < options->connections_max || descriptors.cached < cached;
        return descriptors;
}
