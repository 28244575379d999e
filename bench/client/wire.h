/* A connection's bytes: plain, or as TLS 1.3 with AES-128-GCM and no resumption. */
#pragma once

#include <openssl/types.h>
#include <stddef.h>
#include <sys/types.h>

/* What all connections over TLS share. Any certificate will do: the bodies are
 * compared. NULL when OpenSSL cannot. */
SSL_CTX *wire_new_context(void);

/* The handshake on a connected, blocking socket. NULL: it failed. */
SSL *wire_handshake(SSL_CTX *context, int fd);

/* As recv(2) and send(2) of a non-blocking socket. Receives whole records while
 * there is room for one. */
ssize_t wire_receive(SSL *wire, void *buffer, size_t size);
ssize_t wire_send(SSL *wire, const void *data, size_t length);

/* Says goodbye, if there is room for it, and frees. NULL: nothing. */
void wire_close(SSL *wire);
