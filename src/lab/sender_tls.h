/* TLS 1.3 on the sender's connections, with a certificate that only its process has:
 * the server's side, as in `sluice serve`. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lab/setting.h"
#include "net/tls.h"

/* Why that cannot be measured here, in words; static. NULL: it can, as far as can be
 * known before. file_fd: of what is sent. */
const char *sender_tls_why_not(const struct lab_setting *setting, int file_fd);

/* A reason why a method cannot give to OpenSSL what it reads speaks of a sink, which
 * is the library's word. Puts it into the words of who wants TLS. */
void sender_tls_reword(char *reason, size_t size);

/* For all connections of the setting, which is not a plain one. -ENOMEM, -EINVAL. */
int sender_tls_prepare(struct tls_context **ret_context, const struct lab_setting *setting)
        __attribute__((warn_unused_result));

/* The handshake on a connected socket that blocks. -EOPNOTSUPP: the kernel should
 * encrypt and does not; -EPROTO; those of protocol_read(). */
int sender_tls_open(struct tls **ret_tls, struct tls_context *context,
                    const struct lab_setting *setting, int fd) __attribute__((warn_unused_result));

/* A whole message; *calls goes up by the system calls made. As protocol_read(). */
int sender_tls_read(struct tls *tls, int fd, void *message, size_t length, uint64_t *calls)
        __attribute__((warn_unused_result));
