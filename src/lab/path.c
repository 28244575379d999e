#include "lab/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Which count says how many bytes made a move. */
enum quantity {
        QUANTITY_NONE, /* ends a row */
        FROM_DISK,
        COPIED_IN,
        COPIED_OUT,
        COPIED_BY_KERNEL,
        NOT_COPIED, /* sent, and copied neither out of user space nor by the kernel */
        SENT,
        ENCRYPTED, /* all of it; in no row: see add_encrypted() */
};

enum encryption { PLAIN, BY_PROCESS, BY_KERNEL };

struct row {
        const char *method;
        const char *user_memory;
        const char *when;
        const char *when_not;
        struct {
                enum quantity quantity;
                enum path_place from, to;
                const char *label; /* NULL: the quantity's own */
        } moves[PATH_MOVES_MAX];
};

#define FROM_DISK_TO_CACHE                                  \
        {                                                   \
                FROM_DISK, PATH_DISK, PATH_PAGE_CACHE, NULL \
        }
#define TO_SINK                                    \
        {                                          \
                SENT, PATH_SOCKET, PATH_SINK, NULL \
        }
/* From a place to the socket: as it was asked for, and what became of it. */
#define REFERENCES_FROM(place)                             \
        {NOT_COPIED, place, PATH_SOCKET, NULL},            \
        {                                                  \
                COPIED_BY_KERNEL, place, PATH_SOCKET, NULL \
        }

static const struct row rows[] = {
        {
                .method = "copy",
                .user_memory = "buffer",
                .when = "nothing else works, or the page cache may lie (a virtual machine's shared "
                        "folder)",
                .when_not = "anything else works: every byte crosses into user space and back",
                .moves = {FROM_DISK_TO_CACHE,
                          {COPIED_IN, PATH_PAGE_CACHE, PATH_USER_MEMORY, NULL},
                          {COPIED_OUT, PATH_USER_MEMORY, PATH_SOCKET, NULL},
                          TO_SINK},
        },
        {
                .method = "sendfile",
                .when = "files go out as they are: one call for up to 2 MiB and no copy",
                .when_not = "the bytes must be changed on their way, or a giant would push every "
                            "other file out of the page cache",
                .moves = {FROM_DISK_TO_CACHE, REFERENCES_FROM(PATH_PAGE_CACHE), TO_SINK},
        },
        {
                .method = "mmap",
                .user_memory = "mapping",
                .when = "the program wants to look at the bytes as well",
                .when_not = "it does not: the CPU copies each byte once, and mapping costs calls "
                            "and page tables",
                .moves = {FROM_DISK_TO_CACHE,
                          {SENT, PATH_PAGE_CACHE, PATH_USER_MEMORY, "mapped, same pages"},
                          {COPIED_OUT, PATH_USER_MEMORY, PATH_SOCKET, NULL},
                          TO_SINK},
        },
        {
                .method = "splice",
                .when = "sendfile refuses, or the bytes come from or go to a pipe",
                .when_not = "sendfile works: it needs one call where splice needs two and a pipe",
                .moves = {FROM_DISK_TO_CACHE,
                          {NOT_COPIED, PATH_PAGE_CACHE, PATH_PIPE, NULL},
                          {COPIED_BY_KERNEL, PATH_PAGE_CACHE, PATH_PIPE, NULL},
                          {SENT, PATH_PIPE, PATH_SOCKET, "by reference"},
                          TO_SINK},
        },
        {
                .method = "direct",
                .user_memory = "buffer",
                .when = "a giant is read once from a fast disk: the page cache is left to the "
                        "others",
                .when_not = "the file is in memory already, or will be asked for again",
                .moves = {{FROM_DISK, PATH_DISK, PATH_USER_MEMORY, NULL},
                          {COPIED_OUT, PATH_USER_MEMORY, PATH_SOCKET, NULL},
                          TO_SINK},
        },
        {
                .method = "zerocopy",
                .user_memory = "buffer",
                .when = "the bytes are changed in user space, and go out by a real network card in "
                        "pieces of 10 KiB or more",
                .when_not = "they stay on this host: over loopback the kernel copies all the same, "
                            "and every piece needs a completion",
                .moves = {FROM_DISK_TO_CACHE,
                          {COPIED_IN, PATH_PAGE_CACHE, PATH_USER_MEMORY, NULL},
                          REFERENCES_FROM(PATH_USER_MEMORY),
                          {COPIED_OUT, PATH_USER_MEMORY, PATH_SOCKET, NULL},
                          TO_SINK},
        },
        {
                .method = "uring",
                .user_memory = "ring's buffers",
                .when = "cold giants go from a fast disk to a real network card",
                .when_not = "the file is in memory, which sendfile sends cheaper; containers "
                            "forbid io_uring",
                .moves = {{FROM_DISK, PATH_DISK, PATH_USER_MEMORY, NULL},
                          REFERENCES_FROM(PATH_USER_MEMORY),
                          {COPIED_OUT, PATH_USER_MEMORY, PATH_SOCKET, NULL},
                          TO_SINK},
        },
};

/* For a method that is newer than the table. */
static const struct row any_method = {
        .user_memory = "user memory",
        .moves = {FROM_DISK_TO_CACHE,
                  {COPIED_IN, PATH_PAGE_CACHE, PATH_USER_MEMORY, NULL},
                  {COPIED_OUT, PATH_USER_MEMORY, PATH_SOCKET, NULL},
                  REFERENCES_FROM(PATH_PAGE_CACHE),
                  TO_SINK},
};

static const struct row *row_of(const char *method)
{
        size_t length = strcspn(method, "+");
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (strlen(rows[i].method) == length && memcmp(rows[i].method, method, length) == 0)
                        return &rows[i];
        return &any_method;
}

static enum encryption encryption_of(const char *method)
{
        const char *ending = strchr(method, '+');
        if (!ending)
                return PLAIN;
        return strcmp(ending, "+ktls") == 0 ? BY_KERNEL : BY_PROCESS;
}

static uint64_t bytes_of(enum quantity quantity, const struct path_counts *counts)
{
        uint64_t copied = counts->bytes_copied_out + counts->bytes_copied_by_kernel;

        switch (quantity) {
        case FROM_DISK:
                return counts->bytes_from_disk;
        case COPIED_IN:
                return counts->bytes_copied_in;
        case COPIED_OUT:
                return counts->bytes_copied_out;
        case COPIED_BY_KERNEL:
                return counts->bytes_copied_by_kernel;
        case NOT_COPIED:
                return copied < counts->bytes_sent ? counts->bytes_sent - copied : 0;
        case SENT:
        case ENCRYPTED:
                return counts->bytes_sent;
        case QUANTITY_NONE:
                break;
        }
        return 0;
}

static void describe(struct path_move *move, enum quantity quantity,
                     const struct path_counts *counts)
{
        static const char *const labels[] = {
                [FROM_DISK] = "read by DMA",   [COPIED_IN] = "CPU copy",
                [COPIED_OUT] = "CPU copy",     [COPIED_BY_KERNEL] = "copied by the kernel",
                [NOT_COPIED] = "by reference", [SENT] = "handed over",
                [ENCRYPTED] = "encrypted",
        };
        bool to_card = move->to == PATH_SINK && counts->sink_is_device;

        if (quantity == FROM_DISK || to_card)
                move->kind = PATH_DEVICE;
        else if (quantity == NOT_COPIED || quantity == SENT)
                move->kind = PATH_REFERENCE;
        else
                move->kind = PATH_CPU_COPY;
        move->known = quantity != FROM_DISK || counts->disk_known;
        if (!move->label)
                move->label = to_card ? "fetched by DMA" : labels[quantity];
        if (quantity == FROM_DISK && !move->known)
                move->label = "from the disk";
        else if (quantity == FROM_DISK && move->bytes == 0)
                move->label = "nothing was read";
}

static void pass(struct path *path, const struct row *row, enum path_place place)
{
        if (place == PATH_USER_MEMORY)
                path->user_memory = row->user_memory;
        path->page_cache = path->page_cache || place == PATH_PAGE_CACHE;
        path->pipe = path->pipe || place == PATH_PIPE;
        path->records = path->records || place == PATH_RECORDS;
}

static void add_move(struct path *path, const struct row *row, const struct path_move *move)
{
        pass(path, row, move->from);
        pass(path, row, move->to);
        path->moves[path->move_count++] = *move;
}

/* What goes to the socket is encrypted before it leaves user space, or on its way. */
static void add_encrypted(struct path *path, const struct row *row, struct path_move *move,
                          const struct path_counts *counts, enum encryption encryption)
{
        if (encryption == BY_PROCESS && move->from == PATH_USER_MEMORY) {
                struct path_move encrypted = {
                        .from = PATH_USER_MEMORY,
                        .to = PATH_RECORDS,
                        .bytes = bytes_of(ENCRYPTED, counts),
                };
                describe(&encrypted, ENCRYPTED, counts);
                /* Once, whatever becomes of the records. */
                if (!path->records)
                        add_move(path, row, &encrypted);
                move->from = PATH_RECORDS;
        } else if (encryption == BY_KERNEL) {
                move->label = move->kind == PATH_CPU_COPY ? "copied, encrypted" : "encrypted";
                move->kind = PATH_CPU_COPY;
        }
        add_move(path, row, move);
}

int path_trace(const char *method, const struct path_counts *counts, struct path *ret_path)
{
        const struct row *row = row_of(method);
        const enum encryption encryption = encryption_of(method);
        struct path path = {
                .bytes_copied = counts->bytes_copied_in + counts->bytes_copied_out +
                                counts->bytes_copied_by_kernel,
        };
        uint64_t placed = 0;

        if (counts->bytes_sent == 0)
                return -ENODATA;
        for (size_t i = 0; i < PATH_MOVES_MAX && row->moves[i].quantity != QUANTITY_NONE; i++) {
                enum quantity quantity = row->moves[i].quantity;
                struct path_move move = {
                        .from = row->moves[i].from,
                        .to = row->moves[i].to,
                        .label = row->moves[i].label,
                        .bytes = bytes_of(quantity, counts),
                };
                if (move.bytes == 0 && quantity != FROM_DISK)
                        continue;
                describe(&move, quantity, counts);
                if (move.kind == PATH_CPU_COPY)
                        placed += move.bytes;
                if (move.to == PATH_SOCKET)
                        add_encrypted(&path, row, &move, counts, encryption);
                else
                        add_move(&path, row, &move);
        }
        path.bytes_unplaced = path.bytes_copied - placed;
        for (size_t i = 0; i < counts->call_count; i++)
                path.calls += counts->calls[i].count;
        *ret_path = path;
        return 0;
}

double path_share(const struct path_move *move, const struct path_counts *counts)
{
        return (double)move->bytes / (double)counts->bytes_sent;
}

const char *path_place_name(const struct path *path, const struct path_counts *counts,
                            enum path_place place)
{
        switch (place) {
        case PATH_DISK:
                return "disk";
        case PATH_PAGE_CACHE:
                return "page cache";
        case PATH_USER_MEMORY:
                return path->user_memory ? path->user_memory : "user memory";
        case PATH_RECORDS:
                return "TLS records";
        case PATH_PIPE:
                return "pipe";
        case PATH_SOCKET:
                return "socket buffer";
        case PATH_SINK:
                break;
        }
        return counts->sink;
}

bool path_has_buffer(const char *method)
{
        return row_of(method)->user_memory != NULL;
}

const char *path_advice(const char *method, const char **ret_when_not)
{
        const struct row *row = row_of(method);
        if (encryption_of(method) == BY_PROCESS) {
                *ret_when_not = "the kernel can (kTLS): with sendfile no byte comes to user space";
                return "the connection is encrypted, and the kernel has no TLS for it";
        }
        if (encryption_of(method) == BY_KERNEL) {
                *ret_when_not = "the kernel's tls module is missing, or the connection is not "
                                "TCP's";
                return "the connection is encrypted, and the kernel has TLS for it (kTLS)";
        }
        *ret_when_not = row->when_not;
        return row->when;
}

static int more_frequent(const void *left, const void *right)
{
        const struct path_call *a = left, *b = right;
        if (a->count != b->count)
                return a->count > b->count ? -1 : 1;
        return strcmp(a->name, b->name);
}

size_t path_calls_sorted(const struct path_counts *counts, struct path_call *calls, size_t capacity)
{
        size_t n = 0;
        for (size_t i = 0; i < counts->call_count && n < capacity; i++)
                if (counts->calls[i].count > 0)
                        calls[n++] = counts->calls[i];
        qsort(calls, n, sizeof(*calls), more_frequent);
        return n;
}
