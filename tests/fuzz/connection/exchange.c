#include "connection/exchange.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "fuzz.h"

#define HANG_MS 5000 /* less than any of the server's deadlines */
#define PATIENCE 200 /* turns of the scheduler for the server to take a piece */

struct flow {
        int fd;
        char *received;
        size_t length, capacity;
        bool ended; /* by the server */
};

static void drain(struct flow *flow)
{
        while (!flow->ended) {
                CHECK(flow->length < flow->capacity);
                ssize_t n = recv(flow->fd, flow->received + flow->length,
                                 flow->capacity - flow->length, MSG_DONTWAIT);
                if (n < 0 && errno == EAGAIN)
                        return;
                /* A reset: it closed with bytes of ours unread. */
                CHECK(n >= 0 || errno == ECONNRESET);
                flow->ended = n <= 0;
                flow->length += n > 0 ? (size_t)n : 0;
        }
}

/* So that the next piece comes by itself, mostly. */
static void wait_until_taken(const struct flow *flow)
{
        int left = 1;
        for (int i = 0; i < PATIENCE && left > 0; i++) {
                (void)sched_yield();
                if (ioctl(flow->fd, SIOCOUTQ, &left) < 0)
                        return;
        }
}

static void wait_for_news(struct flow *flow, short events)
{
        struct pollfd wait = {.fd = flow->fd, .events = events};
        int n = poll(&wait, 1, HANG_MS);
        CHECK(n > 0);
        drain(flow);
}

/* False: the server takes no more. */
static bool send_piece(struct flow *flow, const uint8_t *data, size_t size)
{
        while (size > 0 && !flow->ended) {
                ssize_t n = send(flow->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (n >= 0) {
                        data += n;
                        size -= (size_t)n;
                        continue;
                }
                if (errno != EAGAIN)
                        return false;
                wait_for_news(flow, POLLIN | POLLOUT);
        }
        return size == 0;
}

size_t exchange(int fd, const uint8_t *data, size_t size, const struct pieces *pieces,
                char *received, size_t capacity)
{
        struct flow flow = {.fd = fd, .received = received, .capacity = capacity};
        size_t sent = 0;

        for (size_t i = 0; sent < size; i++) {
                size_t length = pieces->count ? pieces->sizes[i % pieces->count] + 1u : size;
                length = length < size - sent ? length : size - sent;
                if (!send_piece(&flow, data + sent, length))
                        break;
                sent += length;
                wait_until_taken(&flow);
                if (!pieces->late)
                        drain(&flow);
        }
        if (!pieces->stay)
                (void)shutdown(fd, SHUT_WR);
        while (!flow.ended)
                wait_for_news(&flow, POLLIN);
        return flow.length;
}
