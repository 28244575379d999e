/* What a process holds: counted before and after, to find what leaked. */
#pragma once

#include <stddef.h>

struct resources {
        size_t fds;
        size_t pipes; /* ends of pipes among the fds */
        size_t maps; /* lines of /proc/self/maps; 0 where a sanitizer makes its own */
        size_t mappings; /* made by the library and not undone, by its own count */
};

/* Empties the library's pools first: what they keep is no leak. */
struct resources resources_count(void);

/* Fails the test unless both are equal. */
void resources_check(struct resources before, struct resources after);
