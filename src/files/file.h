/* An open regular file with what a server says of it. All of it comes from
 * fstat(2) of the descriptor, so length, dates and tag are of the same file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "base/span.h"
#include "sluice.h"

#define FILE_ETAG_SIZE 80

/* Who closes a descriptor where close(2) may wait for another process or machine. *fd
 * becomes -1. device: the file system's. */
struct file_closer {
        void (*close)(struct file_closer *closer, int *fd, dev_t device);
};

/* What every answer reads comes first. */
struct file {
        unsigned references; /* of one worker; not for sharing between threads */
        int fd; /* -1: all of it is in body */
        uint64_t size; /* bytes */
        /* All size bytes, or NULL: send from fd. head_room bytes before it are the
         * file's too: a ready-made head ends where the body begins. */
        char *body;
        size_t head_room;
        size_t head_length; /* of that head; 0: none yet */
        int64_t head_date; /* the second its Date is of */
        /* The ready-made field lines of a response's head, filled by who knows
         * HTTP: those a 304 has too, then those of every body, then the length. */
        char *fields; /* heap */
        size_t etag_length;
        struct timespec modified;
        sluice_source *source; /* of fd, for transfers; NULL: none yet */
        size_t validators_length;
        size_t description_length; /* the former included */
        size_t fields_length; /* both included; 0: not made yet */
        char etag[FILE_ETAG_SIZE]; /* with quotes, and W/ when not settled */
        dev_t device;
        ino_t inode;
        struct timespec changed; /* ctime: moves also when the mtime is set back */
        char *name; /* beneath the root, as whose content it is served; heap */
        struct span type; /* media type; static */
        const char *coding; /* content coding of its bytes; static; NULL: none */
        bool varies; /* other clients may get another form of it */
        bool asked_before; /* a giant: it went past the page cache once already */
        bool remote; /* its file system asks another process or machine */
        struct file_closer *closer; /* then; borrowed. NULL: who lets go of it last */
        bool settled; /* not changed for a while: the tag is strong */
};

/* Takes the descriptor (*fd becomes -1, also on failure) and looks at it. name
 * decides the media type. now: of CLOCK_REALTIME, in ns.
 * Errors: -EISDIR, -ENOENT (neither a file nor a directory), -ENOMEM, those of
 * fstat(2). */
int file_new(struct file **ret_file, int *fd, const char *name, uint64_t now_ns)
        __attribute__((warn_unused_result));

struct file *file_ref(struct file *file);
void file_unref(struct file *file);

/* Whether both are the same file in the same state. */
bool file_is_same(const struct file *a, const struct file *b);

/* Reads the whole file into body, with head_room bytes before it, and closes the descriptor, of
 * which there are fewer than of bytes. wait: may block on a disk; else -EAGAIN when a byte is not
 * in the page cache. -ESTALE when the file changed meanwhile: the tag would not be that of the
 * bytes. */
int file_read_body(struct file *file, size_t head_room, bool wait)
        __attribute__((warn_unused_result));
