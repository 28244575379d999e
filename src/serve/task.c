#include "serve/task.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/fd.h"
#include "net/tls.h"
#include "serve/closer.h"
#include "serve/connection.h"
#include "serve/passwords.h"

#define STARVED_TRIES 4
#define STARVED_PAUSE_MS 5

enum task_kind {
        TASK_RESOLVE,
        TASK_LIST,
        TASK_WARM,
        TASK_PREPARE,
        TASK_STEP,
        TASK_VERIFY,
};

struct task {
        struct disk_task disk;
        enum task_kind kind;
        bool finished;
        struct exchange *exchange; /* NULL: abandoned */
        const struct site *site;
        struct closer *closer; /* of the worker */
        uint64_t asked_ns; /* worker->asked_ns of the request that started it */
        sluice_transfer *transfer; /* to prepare, to step: borrowed */
        sluice_transfer *abandoned_transfer; /* the same, owned; else NULL */
        int result; /* of warming, of preparing */
        struct file *file; /* a reference, or NULL; to resolve: the one known before */
        union {
                struct { /* TASK_RESOLVE */
                        struct lookup lookup; /* its path is the text */
                        struct resolution resolution;
                };
                struct listing_waiter waiter; /* TASK_LIST */
                struct { /* TASK_WARM */
                        uint64_t offset;
                        uint64_t length;
                        uint64_t ahead;
                };
                struct { /* TASK_STEP */
                        int fd; /* owned when abandoned; else -1 */
                        struct tls *tls; /* the same; else NULL */
                        uint64_t budget;
                        enum sluice_step step;
                };
                bool right; /* TASK_VERIFY */
        };
        size_t text_length;
        char text[]; /* to resolve: the path; to verify: the credentials, NUL-terminated */
};

static struct task *task_new(struct exchange *exchange, enum task_kind kind, struct file *file,
                             size_t text_length)
{
        struct task *task = calloc(1, sizeof(*task) + text_length);
        if (!task)
                return NULL;
        task->kind = kind;
        task->text_length = text_length;
        task->exchange = exchange;
        task->site = exchange->site;
        task->closer = &exchange->worker->closer;
        task->asked_ns = exchange->worker->asked_ns;
        task->file = file ? file_ref(file) : NULL;
        task->disk.place = file && file->remote ? file->device : 0;
        return task;
}

static void task_free(struct task *task)
{
        sluice_close(task->abandoned_transfer);
        switch (task->kind) {
        case TASK_RESOLVE:
                resolution_done(&task->resolution);
                break;
        case TASK_LIST:
                listing_unref(task->waiter.listing);
                break;
        case TASK_STEP:
                tls_free(task->tls);
                fd_close(&task->fd);
                break;
        case TASK_VERIFY:
                explicit_bzero(task->text, task->text_length);
                break;
        case TASK_WARM:
        case TASK_PREPARE:
                break;
        }
        file_unref(task->file);
        free(task);
}

/* ---- On a thread of the pool, and back ---- */

static struct task *task_of(struct disk_task *disk)
{
        return (void *)((char *)disk - offsetof(struct task, disk));
}

/* Has the rest done where it may wait for others. */
static void go_elsewhere(struct task *task)
{
        int r = disk_pool_move(task->site->service->disk_pool, &task->disk,
                               root_device_beyond(&task->site->root, task->lookup.path));
        if (r < 0)
                task->resolution = (struct resolution){.kind = RESOLVED_ERROR, .error = r};
}

/* Without a descriptor to be had, waits for the workers to close some of what they keep. */
static void look(struct task *task)
{
        const struct timespec pause = {.tv_nsec = STARVED_PAUSE_MS * NS_PER_MS};

        for (int tries = 0;; tries++) {
                unsigned flags = task->disk.place ? 0 : ROOT_LOCAL;
                int r = resolve(task->site, &task->lookup, task->file, flags, &task->resolution);
                if (r == -EREMOTE)
                        go_elsewhere(task);
                if (r < 0 || !resolution_is_starved(&task->resolution) || tries == STARVED_TRIES)
                        return;
                resolution_done(&task->resolution);
                workers_make_room(task->site->service);
                (void)nanosleep(&pause, NULL);
        }
}

static void run(struct disk_task *disk)
{
        struct task *task = task_of(disk);

        switch (task->kind) {
        case TASK_RESOLVE:
                look(task);
                break;
        case TASK_WARM:
                task->result =
                        sluice_warm_ahead(task->file->fd, task->offset, task->length, task->ahead);
                break;
        case TASK_PREPARE:
                task->result = sluice_prepare(task->transfer);
                break;
        case TASK_STEP:
                task->step = sluice_step(task->transfer, task->budget);
                break;
        case TASK_VERIFY:
                task->right = passwords_verify(task->site->passwords, task->text);
                break;
        case TASK_LIST: /* is the store's */
                break;
        }
}

static void finish(struct task *task)
{
        struct file *found = task->kind == TASK_RESOLVE ? task->resolution.file : NULL;

        task->finished = true;
        if (found && found->remote)
                closer_adopt(task->closer, found);
        if (task->exchange)
                connection_continue(task->exchange);
        else
                task_free(task);
}

static void done(struct disk_task *disk)
{
        finish(task_of(disk));
}

static void listed(struct listing_waiter *waiter)
{
        finish((void *)((char *)waiter - offsetof(struct task, waiter)));
}

static int start(struct exchange *exchange, struct task *task, enum disk_task_kind kind)
{
        assert(!exchange->task);
        task->disk.kind = kind;
        task->disk.loop = exchange->worker->loop;
        task->disk.run = run;
        task->disk.done = done;
        int r = disk_pool_submit(task->site->service->disk_pool, &task->disk);
        if (r < 0) {
                task_free(task);
                return r;
        }
        exchange->task = task;
        return 0;
}

/* ---- Starting ---- */

int task_start_resolve(struct exchange *exchange, const struct lookup *lookup, struct file *known)
{
        struct span path = lookup->path;
        struct task *task = task_new(exchange, TASK_RESOLVE, known, path.length);
        if (!task)
                return -ENOMEM;
        task->lookup = *lookup;
        task->lookup.path.data = task->text;
        if (path.length > 0)
                memcpy(task->text, path.data, path.length);
        task->disk.ends_unwanted = true;
        /* Of what is beyond a local root the name tells only there. */
        task->disk.place = task->site->root.local ? 0 : task->site->root.device;
        return start(exchange, task, DISK_TASK_LOOKUP);
}

int task_start_verify(struct exchange *exchange, struct span credentials)
{
        struct task *task = task_new(exchange, TASK_VERIFY, NULL, credentials.length + 1);
        if (!task)
                return -ENOMEM;
        memcpy(task->text, credentials.data, credentials.length);
        /* Bulk, so that it never keeps those who look for files from all threads. */
        return start(exchange, task, DISK_TASK_BULK);
}

int task_start_list(struct exchange *exchange, const struct listing_key *key, int *fd)
{
        struct task *task = task_new(exchange, TASK_LIST, NULL, 0);
        if (!task) {
                fd_close(fd);
                return -ENOMEM;
        }
        task->waiter.loop = exchange->worker->loop;
        task->waiter.done = listed;
        int r = listing_store_make(task->site->service->listings, key, fd, &task->waiter);
        if (r < 0) {
                task_free(task);
                return r;
        }
        exchange->task = task;
        return 0;
}

int task_start_warm(struct exchange *exchange, struct file *file, uint64_t offset, uint64_t length,
                    uint64_t ahead)
{
        struct task *task = task_new(exchange, TASK_WARM, file, 0);
        if (!task)
                return -ENOMEM;
        task->offset = offset;
        task->length = length;
        task->ahead = ahead;
        return start(exchange, task, DISK_TASK_BULK);
}

int task_start_prepare(struct exchange *exchange)
{
        struct file *file = STAILQ_FIRST(&exchange->responses)->file;
        struct task *task = task_new(exchange, TASK_PREPARE, file, 0);
        if (!task)
                return -ENOMEM;
        task->transfer = exchange->transfer;
        return start(exchange, task, DISK_TASK_BULK);
}

int task_start_step(struct exchange *exchange, uint64_t budget)
{
        struct file *file = STAILQ_FIRST(&exchange->responses)->file;
        struct task *task = task_new(exchange, TASK_STEP, file, 0);
        if (!task)
                return -ENOMEM;
        task->transfer = exchange->transfer;
        task->fd = -1;
        task->budget = budget;
        return start(exchange, task, DISK_TASK_BULK);
}

/* ---- Ending ---- */

bool task_is_verify(const struct exchange *exchange)
{
        return exchange->task->kind == TASK_VERIFY;
}

bool task_is_step(const struct exchange *exchange)
{
        return exchange->task->kind == TASK_STEP;
}

/* Ends it as a task of the exchange; the caller frees it. */
static struct task *take(struct exchange *exchange)
{
        struct task *task = exchange->task;
        exchange->task = NULL;
        /* The wait is part of what the answer took. */
        exchange->worker->asked_ns = task->asked_ns;
        return task;
}

bool task_take_verified(struct exchange *exchange)
{
        struct task *task = take(exchange);
        bool right = task->right;
        task_free(task);
        return right;
}

int task_take_warmed(struct exchange *exchange)
{
        struct task *task = take(exchange);
        int result = task->result;
        task_free(task);
        return result;
}

enum sluice_step task_take_step(struct exchange *exchange)
{
        struct task *task = take(exchange);
        enum sluice_step step = task->step;
        task_free(task);
        return step;
}

/* What became of a folder to be listed. */
static struct resolution resolution_of_list(struct task *task)
{
        struct listing *listing = task->waiter.listing;

        task->waiter.listing = NULL;
        if (!listing)
                return (struct resolution){.kind = RESOLVED_ERROR, .error = task->waiter.error};
        return (struct resolution){.kind = RESOLVED_LISTING, .listing = listing};
}

bool task_take_resolution(struct exchange *exchange, struct resolution *ret_resolution)
{
        if (!exchange->task)
                return false;
        struct task *task = take(exchange);
        if (task->kind == TASK_LIST) {
                *ret_resolution = resolution_of_list(task);
        } else {
                *ret_resolution = task->resolution;
                task->resolution = (struct resolution){0};
        }
        if (ret_resolution->kind == RESOLVED_SAME) {
                ret_resolution->file = task->file;
                task->file = NULL;
        }
        task_free(task);
        return true;
}

/* Whether it has not begun, and now never will. */
static bool cancel(struct task *task)
{
        const struct service *service = task->site->service;
        if (task->kind == TASK_LIST)
                return listing_store_leave(service->listings, &task->waiter);
        return disk_pool_cancel(service->disk_pool, &task->disk);
}

void task_abandon(struct exchange *exchange)
{
        struct task *task = exchange->task;
        if (!task)
                return;
        exchange->task = NULL;
        task->exchange = NULL;
        if (task->finished || cancel(task)) {
                task_free(task);
        } else if (task->kind == TASK_PREPARE) {
                task->abandoned_transfer = exchange_take_transfer(exchange);
        } else if (task->kind == TASK_STEP) {
                task->abandoned_transfer = exchange->transfer;
                exchange->transfer = NULL;
                struct stream *stream = &exchange->connection->stream;
                task->tls = stream->tls;
                stream->tls = NULL;
                task->fd = loop_release(exchange->worker->loop, stream);
                /* What the step still sends is for nobody. */
                (void)shutdown(task->fd, SHUT_RDWR);
        }
}
