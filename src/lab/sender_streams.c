#include "lab/sender_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "lab/protocol.h"
#include "lab/sender_tls.h"

#define EVENTS_MAX 64
#define WAIT_MS PROTOCOL_TIMEOUT_MS
/* One turn on a connection among others: as in the server. */
#define TURN_BYTES ((uint64_t)2 << 20)

struct sender_stream {
        int fd;
        struct tls *tls; /* NULL: plain */
        int watched_fd; /* other than fd that epoll knows; -1: none */
        uint32_t transfers; /* still to be answered */
        uint64_t index; /* of the next one: its place in the file */
        sluice_transfer *transfer; /* under way */
        sluice_source *source; /* of it, where it goes to a sink */
};

/* ---- Connecting ---- */

static int connect_one(const struct sender_plan *plan, int *ret_fd)
{
        const struct address *address = plan->address;
        const int on = 1;
        cleanup_fd int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (address->storage.ss_family != AF_UNIX) {
                if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
                        return -errno;
                if (plan->congestion[0] &&
                    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, plan->congestion,
                               (socklen_t)strlen(plan->congestion)) < 0)
                        return -errno;
        }
        int r = protocol_connect(fd, address, PROTOCOL_DATA);
        if (r == 0)
                *ret_fd = fd_take(&fd);
        return r;
}

/* Before anything is counted. */
static int make_loop(struct sender_streams *streams)
{
        streams->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (streams->epoll_fd < 0)
                return -errno;
        for (uint32_t i = 0; i < streams->plan->setting.connections; i++) {
                struct sender_stream *stream = &streams->items[i];
                struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = stream};
                if (fcntl(stream->fd, F_SETFL, O_NONBLOCK) < 0 ||
                    epoll_ctl(streams->epoll_fd, EPOLL_CTL_ADD, stream->fd, &event) < 0)
                        return -errno;
        }
        return 0;
}

/* Until it is made, both ends wait for each other. */
static int secure(struct sender_streams *streams, struct sender_stream *stream)
{
        const struct sender_plan *plan = streams->plan;
        int r = sender_tls_open(&stream->tls, streams->tls, &plan->setting, stream->fd);
        if (r == -EOPNOTSUPP)
                streams->why_not = "the kernel did not take this connection's keys";
        return r;
}

int streams_open(struct sender_streams *streams, uint32_t transfers)
{
        uint32_t connections = streams->plan->setting.connections;
        int r = 0;

        streams->epoll_fd = -1;
        streams->items = calloc(connections, sizeof(*streams->items));
        if (!streams->items)
                return -ENOMEM;
        for (uint32_t i = 0; i < connections; i++)
                streams->items[i] = (struct sender_stream){
                        .fd = -1,
                        .watched_fd = -1,
                        .transfers = transfers,
                        .index = (uint64_t)i * transfers,
                };
        for (uint32_t i = 0; r == 0 && i < connections; i++) {
                r = connect_one(streams->plan, &streams->items[i].fd);
                if (r == 0 && streams->tls)
                        r = secure(streams, &streams->items[i]);
        }
        return r == 0 && connections > 1 ? make_loop(streams) : r;
}

void streams_close(struct sender_streams *streams)
{
        for (uint32_t i = 0; streams->items && i < streams->plan->setting.connections; i++) {
                sluice_close(streams->items[i].transfer);
                sluice_source_close(streams->items[i].source);
                tls_free(streams->items[i].tls);
                fd_close(&streams->items[i].fd);
        }
        free(streams->items);
        streams->items = NULL;
        fd_close(&streams->epoll_fd);
}

/* ---- One transfer ---- */

/* As sluice_open(), which asks what the file is each time, too. */
static int open_sink(struct sender_streams *streams, struct sender_stream *stream, uint64_t offset)
{
        const sluice_sink sink = tls_sink(stream->tls);
        int r = sluice_source_open(&stream->source, streams->plan->source->fd);
        return r < 0 ? r
                     : sluice_open_sink(&stream->transfer, &sink, stream->source, offset,
                                        streams->plan->setting.size_bytes, streams->method,
                                        SLUICE_NO_FALLBACK);
}

static int begin(struct sender_streams *streams, struct sender_stream *stream)
{
        const struct lab_setting *setting = &streams->plan->setting;
        const struct source *source = streams->plan->source;
        uint64_t offset = source_offset(source, setting->size_bytes, stream->index++);
        int r;
        if (setting->tls == LAB_USER_TLS)
                r = open_sink(streams, stream, offset);
        else
                r = sluice_open(&stream->transfer, stream->fd, source->fd, offset,
                                setting->size_bytes, streams->method, SLUICE_NO_FALLBACK);
        if (r == 0 && setting->buffer_bytes > 0)
                r = sluice_set_buffer_size(stream->transfer, setting->buffer_bytes);
        return r;
}

static int end(struct sender_streams *streams, struct sender_stream *stream, enum sluice_step step)
{
        int r = 0;
        if (step == SLUICE_SOURCE_SHORT)
                r = -ENODATA;
        else if (step == SLUICE_FAILED)
                r = sluice_error(stream->transfer);
        if (r == -EOPNOTSUPP)
                (void)sluice_fallback(stream->transfer, 0, &streams->why_not);
        sluice_close(stream->transfer);
        sluice_source_close(stream->source);
        stream->transfer = NULL;
        stream->source = NULL;
        return r;
}

/* Reads a request: 0, or -ETIMEDOUT when there is none yet. */
static int read_request(struct sender_streams *streams, struct sender_stream *stream)
{
        struct protocol_request request;
        int r;
        if (stream->tls) {
                r = sender_tls_read(stream->tls, stream->fd, &request, sizeof(request),
                                    &streams->own_calls);
        } else {
                streams->own_calls++;
                r = protocol_read(stream->fd, &request, sizeof(request));
        }
        if (r < 0)
                return r;
        stream->transfers--;
        return request.size_bytes == streams->plan->setting.size_bytes ? 0 : -EPROTO;
}

/* ---- One connection: it blocks, as the classic loop does ---- */

static int wait_for(const struct sender_stream *stream)
{
        struct pollfd ready = {0};
        int r = sluice_wait_for(stream->transfer, &ready.fd, &ready.events);
        if (r < 0)
                return r;
        /* ppoll(2), as a transfer's own may be poll(2). */
        const struct timespec limit = {.tv_sec = PROTOCOL_TIMEOUT_MS / 1000};
        int count = ppoll(&ready, 1, &limit, NULL);
        if (count < 0 && errno != EINTR)
                return -errno;
        return count == 0 ? -ETIMEDOUT : 0;
}

static int answer(struct sender_streams *streams, struct sender_stream *stream)
{
        int r = begin(streams, stream);
        while (r == 0) {
                enum sluice_step step = sluice_step(stream->transfer, 0);
                if (step == SLUICE_WANT_WRITE || step == SLUICE_WAIT_COMPLETION)
                        r = wait_for(stream);
                else if (step != SLUICE_MORE)
                        return end(streams, stream, step);
        }
        return r;
}

static int serve_one(struct sender_streams *streams)
{
        struct sender_stream *stream = &streams->items[0];
        int r = 0;
        while (r == 0 && stream->transfers > 0) {
                r = read_request(streams, stream);
                if (r == 0)
                        r = answer(streams, stream);
        }
        return r;
}

/* ---- Several: an event loop ---- */

/* Asks epoll(7) once for what the stream waits for. */
static int watch(struct sender_streams *streams, struct sender_stream *stream)
{
        int fd = stream->fd;
        short wanted = POLLIN;
        int r = stream->transfer ? sluice_wait_for(stream->transfer, &fd, &wanted) : 0;
        if (r < 0)
                return r;
        bool known = fd == stream->fd || fd == stream->watched_fd;
        struct epoll_event event = {.events = (uint32_t)wanted | EPOLLONESHOT, .data.ptr = stream};
        streams->own_calls++;
        r = epoll_ctl(streams->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
        if (r < 0 && known && errno == ENOENT) {
                /* A ring of the transfer before, closed since, had this number. */
                streams->own_calls++;
                r = epoll_ctl(streams->epoll_fd, EPOLL_CTL_ADD, fd, &event);
        }
        if (fd != stream->fd)
                stream->watched_fd = fd;
        return r < 0 ? -errno : 0;
}

/* A turn: 0 when the stream waits or is through, 1 when it wants another. */
static int turn(struct sender_streams *streams, struct sender_stream *stream)
{
        if (!stream->transfer) {
                if (stream->transfers == 0)
                        return 0;
                int r = read_request(streams, stream);
                if (r == -ETIMEDOUT)
                        return watch(streams, stream);
                if (r == 0)
                        r = begin(streams, stream);
                if (r < 0)
                        return r;
        }
        uint64_t turn_bytes = streams->plan->turn_bytes;
        enum sluice_step step = sluice_step(stream->transfer, turn_bytes ? turn_bytes : TURN_BYTES);
        if (step == SLUICE_MORE)
                return 1;
        if (step == SLUICE_WANT_WRITE || step == SLUICE_WAIT_COMPLETION)
                return watch(streams, stream);
        int r = end(streams, stream, step);
        return r < 0 ? r : 1;
}

/* Turns for all that have something to do, until each waits. */
static int take_turns(struct sender_streams *streams, struct sender_stream **ready, size_t count)
{
        while (count > 0) {
                size_t kept = 0;
                for (size_t i = 0; i < count; i++) {
                        int r = turn(streams, ready[i]);
                        if (r < 0)
                                return r;
                        if (r > 0)
                                ready[kept++] = ready[i];
                }
                count = kept;
        }
        return 0;
}

static bool all_through(const struct sender_streams *streams)
{
        for (uint32_t i = 0; i < streams->plan->setting.connections; i++)
                if (streams->items[i].transfer || streams->items[i].transfers > 0)
                        return false;
        return true;
}

static int serve_many(struct sender_streams *streams)
{
        struct epoll_event events[EVENTS_MAX];
        struct sender_stream *ready[EVENTS_MAX];
        int r = 0;

        while (r == 0 && !all_through(streams)) {
                int count = epoll_pwait(streams->epoll_fd, events, EVENTS_MAX, WAIT_MS, NULL);
                if (count == 0)
                        return -ETIMEDOUT;
                if (count < 0 && errno != EINTR)
                        return -errno;
                for (int i = 0; i < count; i++)
                        ready[i] = events[i].data.ptr;
                r = take_turns(streams, ready, count > 0 ? (size_t)count : 0);
        }
        return r;
}

static uint64_t count_record_calls(const struct sender_streams *streams)
{
        uint64_t calls = 0;
        for (uint32_t i = 0; i < streams->plan->setting.connections; i++)
                if (streams->items[i].tls)
                        calls += tls_send_calls(streams->items[i].tls);
        return calls;
}

int streams_serve(struct sender_streams *streams)
{
        uint64_t before = count_record_calls(streams);
        int r = streams->plan->setting.connections == 1 ? serve_one(streams) : serve_many(streams);
        streams->record_calls = count_record_calls(streams) - before;
        return r;
}
