/* Who may come in when there are too many: by one address, or altogether. Of one
 * worker: no locks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"

struct visitor;

struct admission {
        uint64_t per_address_max; /* connections; 0: any number */
        struct visitor *visitors; /* by address */
        bool silent; /* who is refused could not read why: TLS */
        int reserve_fd; /* given up to have one for a refusal; -1: none */
};

/* with_reserve: keeps a descriptor for admission_refuse_waiting(). */
void admission_init(struct admission *admission, uint64_t per_address_max, bool with_reserve,
                    bool silent);
void admission_done(struct admission *admission);

/* Counts a connection from peer; false: that would be one too many, or there is no
 * memory to count it. Unix sockets' peers are not counted. */
bool admission_enter(struct admission *admission, const struct address *peer);
void admission_leave(struct admission *admission, const struct address *peer);

/* Answers 503, unless silent, and closes. Takes the descriptor. */
void admission_refuse(const struct admission *admission, int *fd);

/* When there are no descriptors left: refuses some of those who wait. */
void admission_refuse_waiting(struct admission *admission, int listening_fd);
