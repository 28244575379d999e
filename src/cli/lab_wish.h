/* The options of `sluice lab` that say what is measured: lists with commas. */
#pragma once

#include "lab/plan.h"

struct lab_lists {
        const char *methods, *sizes, *connections, *caches, *receivers, *paths; /* or NULL */
};

/* Checks for the option table: 0 or -EINVAL. */
int lab_check_methods(const char *value);
int lab_check_sizes(const char *value);
int lab_check_connections(const char *value);
int lab_check_caches(const char *value);
int lab_check_receivers(const char *value);
int lab_check_paths(const char *value);

/* The lists, checked before, as a wish. *ret_storage (heap, to be freed by the
 * caller) holds the methods' names. Errors: -ENOMEM. */
int lab_wish_of(struct plan_wish *ret, char **ret_storage, const struct lab_lists *lists,
                const char *mode) __attribute__((warn_unused_result));
