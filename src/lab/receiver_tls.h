/* TLS on a receiver's connection: the client's side. It believes any certificate, as the
 * sender made its own for this run; what arrived is known by its digest. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct receiver_tls;

/* The handshake on a socket that blocks, and is borrowed. -ENOMEM, -EPROTO. */
int receiver_tls_open(struct receiver_tls **ret, int fd) __attribute__((warn_unused_result));
/* Accepts NULL. */
void receiver_tls_close(struct receiver_tls *tls);

/* As recv(2), with -errno: -EAGAIN, -EPROTO; 0: the sender sends no more. */
ssize_t receiver_tls_read(struct receiver_tls *tls, void *buffer, size_t length)
        __attribute__((warn_unused_result));

/* All of it: 0, -EAGAIN, -EPROTO. */
int receiver_tls_write(struct receiver_tls *tls, const void *data, size_t length)
        __attribute__((warn_unused_result));
