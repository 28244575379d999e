/* Where a server listens and who its peers are, as text and as sockaddr. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* "[" IPv6 "%" interface "]:65535" or "unix:" and a path. */
#define ADDRESS_TEXT_SIZE 128

struct address {
        struct sockaddr_storage storage;
        socklen_t length;
};

/* "127.0.0.1", "::1", "[::1]" or "unix:/path"; port is for the first three.
 * Errors: -EINVAL (none of these), -ENAMETOOLONG (unix path). */
int address_parse(struct address *ret_address, const char *text, uint16_t port)
        __attribute__((warn_unused_result));

/* The same with its own port: "127.0.0.1:80", "[::1]:80", and "unix:/path", which has none. */
int address_parse_whole(struct address *ret_address, const char *text)
        __attribute__((warn_unused_result));

bool address_is_same(const struct address *a, const struct address *b);

bool address_is_unix(const struct address *address);

/* 0 for a unix socket. */
uint16_t address_port(const struct address *address);
void address_set_port(struct address *address, uint16_t port);

/* The host alone, without brackets; "unix" for a unix socket's peer. */
const char *address_host(const struct address *address, char buffer[static ADDRESS_TEXT_SIZE]);

/* As a person would type it into a browser: "http://[::1]:8080/", or the unix
 * socket's path. */
const char *address_url(const struct address *address, const char *scheme,
                        char buffer[static ADDRESS_TEXT_SIZE]);

/* "0.0.0.0" or "::": all of the machine's of that family. */
bool address_is_any(const struct address *address);

/* Loopback or unix: the peer is on this host. */
bool address_is_loopback(const struct address *address);
