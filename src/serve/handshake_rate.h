/* How many handshakes a second one address may have: each costs a signature, which
 * the one who asks for it need not pay for. Of one worker: no locks, and of a fixed
 * size, however many addresses ask. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct handshake_rate;

/* limit: handshakes a second, over 0. NULL: no memory. */
struct handshake_rate *handshake_rate_new(uint64_t limit);
void handshake_rate_free(struct handshake_rate *rate);

/* Counts one more of the address (of IPv6, of its network of 64 bits). False: that is
 * one too many in this second. */
bool handshake_rate_allow(struct handshake_rate *rate, const unsigned char *address, size_t length,
                          uint64_t now_ns);
