/* The kernel's TLS (Documentation/networking/tls.rst): it encrypts what is sent on a
 * socket, a file's pages as well. */
#pragma once

/* Why no connection here can have it, in words; static. NULL: some can. Tries it, over
 * loopback; a process with the rights to has the kernel load its module. */
const char *ktls_why_not(void);

/* Prepares a connected socket for keys, which OpenSSL sets. 0 or -errno. */
int ktls_attach(int fd) __attribute__((warn_unused_result));

/* Tells the peer that no more is sent: close_notify, RFC 8446 6.1. The keys are set. */
void ktls_finish(int fd);
