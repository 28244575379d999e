/* The keys that session tickets are made with and read by (RFC 5077 4).
 *
 * Of our own making they lie in memory that processes share, a memfd(2): one process
 * keeps it and renews them, the others see them and cannot change them. So they
 * outlive each of those, and never are in a file. Or they are given in files, for
 * several machines that clients reach by one name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "net/tls_context.h"

/* A key makes tickets for so long, and those are good for as long again. */
#define TICKET_SECONDS (3L * 3600)

struct ticket_key {
        unsigned char name[16];
        unsigned char digest[32]; /* HMAC by SHA-256 */
        unsigned char cipher[32]; /* AES-256-CBC */
        long made_s; /* CLOCK_MONOTONIC */
};

struct ticket_keys;

/* ---- Who keeps them ---- */

/* *take_fd: of one who kept them before, or -1. What it holds goes on to be used if it
 * is what we write; else there are new ones. Errors: of memfd_create(2), mmap(2). */
int ticket_keys_keep(struct ticket_keys **ret_keys, int *take_fd)
        __attribute__((warn_unused_result));

/* For a child, or for who keeps them next; borrowed. */
int ticket_keys_fd(const struct ticket_keys *keys);

/* Makes a new one when the newest's time is over. So many ms later there is
 * something to be done again. */
int ticket_keys_renew(struct ticket_keys *keys, long now_s);

/* ---- Who uses them ---- */

/* The keys behind fd, for reading alone; fd is borrowed. */
int ticket_keys_open(struct ticket_keys **ret_keys, int fd) __attribute__((warn_unused_result));

/* Those in files of 80 bytes: the name, the digest's, the cipher's. The first makes
 * tickets, all read them. -EINVAL: what *complaint says; -ENOMEM. */
int ticket_keys_read(struct ticket_keys **ret_keys, const char *const files[], size_t count,
                     struct tls_complaint *complaint) __attribute__((warn_unused_result));

/* The key to make a ticket with. Who is done wipes it. */
void ticket_keys_newest(const struct ticket_keys *keys, struct ticket_key *ret_key);

/* The key of that name; false: its time is over, or it never was. *ret_old: a ticket
 * of it should be exchanged. */
bool ticket_keys_find(const struct ticket_keys *keys, const unsigned char *name,
                      struct ticket_key *ret_key, bool *ret_old);

/* Wipes those that were read from files. Whether the others are wiped is up to who
 * keeps them last: ticket_keys_wipe(). */
void ticket_keys_free(struct ticket_keys *keys);
void ticket_keys_wipe(struct ticket_keys *keys);
