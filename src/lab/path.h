/* The way a method's bytes took, from what was counted. A table says which moves
 * a method can make; the counters say how many bytes made them. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum path_place {
        PATH_DISK,
        PATH_PAGE_CACHE,
        PATH_USER_MEMORY, /* a buffer, a mapping, a ring's buffers */
        PATH_RECORDS, /* of TLS, in user space */
        PATH_PIPE,
        PATH_SOCKET, /* its send buffer */
        PATH_SINK, /* where the bytes leave: a network card, or the receiver on this host */
};

enum path_kind {
        PATH_CPU_COPY,
        PATH_DEVICE, /* moved by a device (DMA) */
        PATH_REFERENCE, /* the pages stay where they are, their addresses move */
        PATH_KINDS,
};

struct path_call {
        const char *name;
        uint64_t count;
};

/* What was measured. Strings are borrowed. */
struct path_counts {
        uint64_t bytes_sent;
        uint64_t bytes_copied_in;
        uint64_t bytes_copied_out;
        uint64_t bytes_copied_by_kernel;
        uint64_t bytes_from_disk;
        bool disk_known; /* whether bytes_from_disk was measured at all */
        bool sink_is_device; /* a network card */
        const char *sink; /* "network card", "receiver" */
        const char *sink_note; /* "over loopback"; may be NULL */
        const struct path_call *calls;
        size_t call_count; /* without those that wait: */
        uint64_t waits; /* steps that could not go on before a wait */
};

struct path_move {
        enum path_place from;
        enum path_place to;
        enum path_kind kind;
        const char *label; /* "CPU copy" */
        uint64_t bytes; /* valid when known; 0 only for a disk that was not needed */
        bool known;
};

#define PATH_MOVES_MAX 8

struct path {
        const char *user_memory; /* what the bytes pass in user space; NULL: nothing */
        bool page_cache; /* whether they pass it */
        bool pipe;
        bool records;
        struct path_move moves[PATH_MOVES_MAX];
        size_t move_count;
        uint64_t bytes_copied; /* by the CPU, in all: the counters' sum */
        uint64_t bytes_unplaced; /* of these, how many no move of the method accounts for */
        uint64_t calls; /* in all */
};

/* The way of a method, by its name, "+tls" or "+ktls" behind it where it is encrypted, which
 * is the CPU's work but no copy; one that the table does not know is drawn
 * from its counters alone. -ENODATA: nothing was sent, so there is nothing to
 * show. */
int path_trace(const char *method, const struct path_counts *counts, struct path *ret_path)
        __attribute__((warn_unused_result));

/* Bytes of a move for each byte sent. */
double path_share(const struct path_move *move, const struct path_counts *counts);

/* "page cache"; for the user's memory and the sink what the path calls them. */
const char *path_place_name(const struct path *path, const struct path_counts *counts,
                            enum path_place place);

/* Whether a method's bytes pass through memory of the process, of a size that can be
 * asked for; as for a method that the table does not know. */
bool path_has_buffer(const char *method);

/* When to take a method, and when not: what stands behind "when", static. NULL for a method
 * that the table does not know. */
const char *path_advice(const char *method, const char **ret_when_not);

/* The calls that were made, most frequent first; at most capacity. Returns how
 * many there are. */
size_t path_calls_sorted(const struct path_counts *counts, struct path_call *calls,
                         size_t capacity);
