/* The few threads that may block on a disk, so that no loop does. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/loop.h"

struct disk_place;
struct disk_pool;

enum disk_task_kind {
        DISK_TASK_LOOKUP, /* an open, a small read: goes first */
        DISK_TASK_BULK, /* a window of a big file, all of a folder: never takes the last threads */
};

/* Part of its owner's structure; the pool's from submission until done(). */
struct disk_task {
        enum disk_task_kind kind;
        /* Whose answer is waited for. 0: what this machine has by itself. Else any number for a
         * file system that may ask another machine or process, which may never answer: what
         * waits for it takes no thread that the others need. */
        uint64_t place;
        struct loop *loop;
        void (*run)(struct disk_task *task); /* on a thread of the pool */
        void (*done)(struct disk_task *task); /* then, on the loop's thread */
        struct disk_place *at; /* the pool's own of that */
        bool queued;
        bool again; /* to be run once more, where place says now */
        bool ends_unwanted; /* its owner's word: cancelled while it runs, it does not move */
        bool unwanted;
        struct loop_message message;
        TAILQ_ENTRY(disk_task) queue;
};

/* threads: for a place; all places but 0 have twice as many together. They start when
 * there is work for them. queue_max: look-ups in a place that may wait; bulk tasks are
 * as many as their owners let them be. */
int disk_pool_new(struct disk_pool **ret_pool, unsigned threads, size_t queue_max)
        __attribute__((warn_unused_result));

/* Waits for what runs, but not longer than patience_ms; what has not begun is
 * dropped without done(). False: a disk does not answer; the pool and all that
 * its tasks use must stay until the process ends. */
bool disk_pool_free(struct disk_pool *pool, unsigned patience_ms);

/* -EAGAIN: the place's queue of look-ups is full. Errors of pthread_create(3) when there is no
 * thread at all. */
int disk_pool_submit(struct disk_pool *pool, struct disk_task *task)
        __attribute__((warn_unused_result));

/* From run(), to which the task is to come once more, in another place, before done() is
 * called. Errors: those of disk_pool_submit(); -ECANCELED: its owner has tried to cancel it
 * meanwhile. Nothing has changed then. One that ends unwanted may have moved for nothing: then
 * done() comes without the other run. */
int disk_pool_move(struct disk_pool *pool, struct disk_task *task, uint64_t place)
        __attribute__((warn_unused_result));

/* True: it waits to be run, and will not be; the task is the owner's again. False: it runs or
 * has run; done() will be called. */
bool disk_pool_cancel(struct disk_pool *pool, struct disk_task *task);
