/* Networks: an address and how many of its bits count. */
#pragma once

#include <stdbool.h>

#include "net/address.h"

struct network {
        struct address address;
        unsigned bits;
};

/* "10.0.0.0/8", "::1", "unix" (every peer of a unix socket). -EINVAL. */
int network_parse(struct network *ret_network, const char *text)
        __attribute__((warn_unused_result));

bool network_contains(const struct network *network, const struct address *address);
