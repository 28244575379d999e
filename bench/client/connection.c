#include "client/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/fd.h"
#include "client/content.h"
#include "client/wire.h"

static void route_shape(const struct route *route, int fd)
{
        int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (route->segment > 0)
                (void)setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &route->segment,
                                 sizeof(route->segment));
        if (route->window > 0)
                (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &route->window, sizeof(route->window));
}

int connection_open(struct connection *connection, const struct route *route)
{
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        route_shape(route, fd);
        const struct sockaddr *address = (const struct sockaddr *)&route->address;
        SSL *tls = NULL;
        int r = connect(fd, address, sizeof(route->address)) < 0 ? -errno : 0;
        if (r == 0 && route->tls && !(tls = wire_handshake(route->tls, fd)))
                r = -EPROTO;
        if (r == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
                r = -errno;
        if (r < 0) {
                wire_close(tls);
                fd_close(&fd);
                return r;
        }
        connection->fd = fd;
        connection->tls = tls;
        connection->state = CONNECTION_IDLE;
        return 0;
}

void connection_close(struct connection *connection)
{
        wire_close(connection->tls);
        connection->tls = NULL;
        fd_close(&connection->fd);
        connection->state = CONNECTION_IDLE;
}

int connection_ask(struct connection *connection, struct order order, uint64_t now_ns)
{
        char request[REQUEST_SIZE];
        size_t length = order_write(&order, request);
        ssize_t n = connection->tls ? wire_send(connection->tls, request, length)
                                    : send(connection->fd, request, length, MSG_NOSIGNAL);
        if (n < 0)
                return -errno;
        if ((size_t)n < length)
                return -EAGAIN;
        connection->order = order;
        connection->asked_ns = now_ns;
        connection->received = 0;
        connection->head_length = 0;
        connection->last = false;
        connection->state = CONNECTION_HEAD;
        return 0;
}

/* NULL when the head is what the order must get, else what is wrong. */
static const char *head_check(struct connection *connection, size_t head_length)
{
        char kept = connection->head[head_length];
        connection->head[head_length] = '\0';
        const char *why = NULL;
        const char *length = strcasestr(connection->head, "\r\nContent-Length:");
        if (strncmp(connection->head, "HTTP/1.1 ", 9) != 0)
                why = "not an HTTP/1.1 answer";
        else if (strtol(connection->head + 9, NULL, 10) != connection->order.status)
                why = "wrong status";
        else if (!length)
                why = "no Content-Length";
        else if (strtoull(length + 17, NULL, 10) != connection->order.length)
                why = "wrong Content-Length";
        connection->last = strcasestr(connection->head, "\r\nConnection: close") != NULL;
        connection->head[head_length] = kept;
        return why;
}

static const char *body_take(struct connection *connection, const unsigned char *data,
                             size_t length)
{
        const struct order *order = &connection->order;
        if (connection->received + length > order->length)
                return "more bytes than promised";
        if (connection->verify && data &&
            !content_matches(order->target->seed, order->offset + connection->received, data,
                             length))
                return "wrong bytes";
        connection->received += length;
        return NULL;
}

/* Receives in one call: what is missing of the head into its buffer, the rest
 * into the shared one. Fixed small heads make a second call rare. */
static ssize_t receive_plain_head(struct connection *connection, const struct intake *intake,
                                  size_t limit)
{
        size_t room = HEAD_SIZE - connection->head_length;
        size_t beyond = limit < intake->size ? limit : intake->size;
        struct iovec parts[2] = {
                {connection->head + connection->head_length, room},
                {intake->buffer, beyond},
        };
        bool head_only = intake->discard && !connection->verify;
        return readv(connection->fd, parts, head_only ? 1 : 2);
}

/* The same from whole records. */
static ssize_t receive_head(struct connection *connection, const struct intake *intake,
                            size_t limit)
{
        if (!connection->tls)
                return receive_plain_head(connection, intake, limit);
        size_t room = HEAD_SIZE - connection->head_length;
        ssize_t n = wire_receive(connection->tls, intake->buffer, intake->size);
        if (n <= 0)
                return n;
        size_t in_head = (size_t)n < room ? (size_t)n : room;
        memcpy(connection->head + connection->head_length, intake->buffer, in_head);
        memmove(intake->buffer, intake->buffer + in_head, (size_t)n - in_head);
        return n;
}

static const char *take_head(struct connection *connection, const struct intake *intake, size_t n,
                             uint64_t *ret_bytes)
{
        size_t room = HEAD_SIZE - connection->head_length;
        size_t in_head = n < room ? n : room;
        connection->head_length += in_head;
        const char *end = memmem(connection->head, connection->head_length, "\r\n\r\n", (size_t)4);
        if (!end)
                return connection->head_length == HEAD_SIZE ? "head too long" : NULL;

        size_t head_length = (size_t)(end - connection->head) + 4;
        const char *why = head_check(connection, head_length);
        if (why)
                return why;
        connection->state = CONNECTION_BODY;
        size_t behind = connection->head_length - head_length;
        *ret_bytes = behind + (n - in_head);
        why = body_take(connection, (unsigned char *)connection->head + head_length, behind);
        return why ? why : body_take(connection, intake->buffer, n - in_head);
}

static ssize_t receive_body(struct connection *connection, const struct intake *intake,
                            size_t limit)
{
        if (connection->tls)
                return wire_receive(connection->tls, intake->buffer, intake->size);
        if (intake->discard && !connection->verify)
                return recv(connection->fd, NULL, limit, MSG_TRUNC);
        return recv(connection->fd, intake->buffer, limit < intake->size ? limit : intake->size, 0);
}

enum received connection_receive(struct connection *connection, const struct intake *intake,
                                 size_t limit, uint64_t *ret_bytes, const char **ret_why)
{
        bool in_head = connection->state == CONNECTION_HEAD;
        ssize_t n = in_head ? receive_head(connection, intake, limit)
                            : receive_body(connection, intake, limit);
        *ret_bytes = 0;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return RECEIVED_SOME;
        if (n <= 0)
                return RECEIVED_CLOSED;
        if (connection->state == CONNECTION_IDLE) {
                *ret_why = "bytes that nobody asked for";
                return RECEIVED_WRONG;
        }
        const char *why = NULL;
        if (in_head) {
                why = take_head(connection, intake, (size_t)n, ret_bytes);
        } else {
                const unsigned char *data =
                        intake->discard && !connection->verify ? NULL : intake->buffer;
                why = body_take(connection, data, (size_t)n);
                *ret_bytes = (uint64_t)n;
        }
        if (why) {
                *ret_why = why;
                return RECEIVED_WRONG;
        }
        if (connection->state != CONNECTION_BODY || connection->received < connection->order.length)
                return RECEIVED_SOME;
        connection->state = CONNECTION_IDLE;
        return RECEIVED_WHOLE;
}
