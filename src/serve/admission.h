/* Who may come in when there are too many: by one address, or altogether. Of all
 * workers together. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"

struct admission;

/* per_address_max 0: any number. -ENOMEM. */
int admission_new(struct admission **ret_admission, uint64_t connections_max,
                  uint64_t per_address_max) __attribute__((warn_unused_result));
void admission_free(struct admission *admission);

/* One of connections_max places; false: all are taken. */
bool admission_take_place(struct admission *admission) __attribute__((warn_unused_result));
void admission_give_place(struct admission *admission);

/* Whether all were taken a moment ago. */
bool admission_is_full(const struct admission *admission);

#define ADMISSION_TOO_MANY "its address has --max-per-address already"

/* Counts a connection from peer; false: that would be one too many, or there is no
 * memory to count it. Unix sockets' peers are not counted. */
bool admission_enter(struct admission *admission, const struct address *peer)
        __attribute__((warn_unused_result));
void admission_leave(struct admission *admission, const struct address *peer);
