/* TLS on one connection's socket. The loop uses it in place of recv(2) and send(2):
 * records come in by tls_input(), and leave by as few calls as possible. Not for
 * two threads at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/loop.h"
#include "net/tls_context.h"
#include "sluice.h"

struct tls;

/* context outlives it. fd: a non-blocking socket, borrowed. */
int tls_new(struct tls **ret_tls, struct tls_context *context, int fd)
        __attribute__((warn_unused_result));
void tls_free(struct tls *tls);

/* Records that have been received: borrowed until tls_keep_input(), and not before
 * tls_has_input() is false again. */
void tls_input(struct tls *tls, const char *data, size_t length);
bool tls_has_input(const struct tls *tls);
/* Copies what has not been used yet. -ENOMEM. */
int tls_keep_input(struct tls *tls) __attribute__((warn_unused_result));

/* Goes on with the handshake. 0: it is done; -EAGAIN: more has to be received;
 * -EPROTO: it has failed, tls_error() tells why. */
int tls_handshake(struct tls *tls) __attribute__((warn_unused_result));
bool tls_is_open(const struct tls *tls);

/* The next bytes of the peer's, in a buffer of the thread's, until the next
 * tls_read(). Their number; 0: the peer sends no more; -EAGAIN:
 * more has to be received; -EPROTO. */
ssize_t tls_read(struct tls *tls, const char **ret_data);

/* As send_parts(). */
ssize_t tls_send(struct tls *tls, struct loop_send *send);

/* Where transfers of files send to. */
sluice_sink tls_sink(struct tls *tls);

/* How often it has called sendto(2), for which no transfer accounts. */
uint64_t tls_send_calls(const struct tls *tls);

/* Sends what is left of records. 0, or -EAGAIN: the socket is full; or another -errno. */
int tls_flush(struct tls *tls) __attribute__((warn_unused_result));

/* The socket has room again: sends what is left of what TLS itself had to say. True:
 * the handshake has waited for that. */
bool tls_go_on(struct tls *tls);

/* Bytes of records that are left. */
size_t tls_left(const struct tls *tls);

/* Tells the peer that no more is sent (close_notify). */
void tls_finish(struct tls *tls);

/* The kernel encrypts: what is sent on the socket by send(2) or sendfile(2) itself
 * goes out as records, and tls_write() is not for use. */
bool tls_is_by_kernel(const struct tls *tls);

/* HTTP/2 is what both have agreed on (ALPN, RFC 7301); after the handshake. */
bool tls_agreed_on_http2(const struct tls *tls);

/* Why -EPROTO, in words; static. */
const char *tls_error(const struct tls *tls);
/* What came is no TLS, and looks like a request of HTTP. */
bool tls_is_plain_http(const struct tls *tls);
