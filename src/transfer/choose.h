/* facts -> (method, reason). Pure. */
#pragma once

#include "transfer/method.h"

/* The best method for length bytes that is not among those given up
 * (given_up[METHOD_INDEX_x]), and why. NULL when all were given up. */
const struct sluice_method *choose(const struct sluice_facts *facts, uint64_t length,
                                   const bool given_up[static METHOD_COUNT],
                                   const char **ret_reason);
