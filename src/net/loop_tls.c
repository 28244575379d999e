/* TLS between a stream's socket and its owner. */
#include <errno.h>
#include <sys/socket.h>

#include "net/loop_epoll.h"
#include "net/tls.h"

int loop_secure(struct loop *loop, struct stream *stream, struct tls_context *context,
                const char *data, size_t length)
{
        struct tls *tls;
        int r = tls_new(&tls, context, stream->fd);
        if (r < 0)
                return r;
        if (length > 0) {
                tls_input(tls, data, length);
                r = tls_keep_input(tls);
                if (r < 0) {
                        tls_free(tls);
                        return r;
                }
                stream->readable = true;
                loop_queue_turn(loop, stream);
        }
        stream->tls = tls;
        return 0;
}

void loop_unsecure(struct loop *loop, struct stream *stream)
{
        (void)loop;
        tls_free(stream->tls);
        stream->tls = NULL;
}

void loop_say_end(struct loop *loop, struct stream *stream)
{
        (void)loop;
        if (stream->tls)
                tls_finish(stream->tls);
}

void loop_finish(struct loop *loop, struct stream *stream)
{
        loop_say_end(loop, stream);
        (void)shutdown(stream->fd, SHUT_WR);
}

/* False: the stream is gone. */
static bool tell(struct loop *loop, struct stream *stream, const char *data, ssize_t result)
{
        loop->told = stream;
        loop->handlers->received(stream, data, result);
        return loop->told == stream;
}

/* True: bytes of the owner's may follow. */
static bool shake_hands(struct loop *loop, struct stream *stream)
{
        if (tls_is_open(stream->tls))
                return true;
        int r = tls_handshake(stream->tls);
        if (r == -EAGAIN)
                return true; /* tls_read() says so too */
        loop->told = stream;
        loop->handlers->secured(stream, r);
        return r == 0 && loop->told == stream;
}

/* Tells all that is in the records, until it has to stop. False: the stream is
 * gone, or has heard of its end. */
static bool read_records(struct loop *loop, struct stream *stream)
{
        while (stream->receiving) {
                const char *data = NULL;
                ssize_t n = tls_read(stream->tls, &data);
                if (n == -EAGAIN)
                        break;
                if (!tell(loop, stream, data, n) || n <= 0)
                        return false;
        }
        return true;
}

void loop_receive_tls(struct loop *loop, struct stream *stream)
{
        struct tls *tls = stream->tls;

        if (!tls_has_input(tls)) {
                ssize_t n = loop_receive(loop, stream);
                if (n == -EAGAIN && tls_is_open(tls))
                        return;
                if (n <= 0 && n != -EAGAIN) {
                        (void)tell(loop, stream, NULL, n);
                        return;
                }
                if (n > 0)
                        tls_input(tls, loop->buffer, (size_t)n);
        }
        if (!shake_hands(loop, stream) || !read_records(loop, stream))
                return;
        if (tls_keep_input(tls) < 0) {
                (void)tell(loop, stream, NULL, -ENOMEM);
                return;
        }
        if (tls_has_input(tls))
                stream->readable = true;
        if (stream->readable && stream->receiving)
                loop_queue_turn(loop, stream);
}
