#include "serve/task.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/fd.h"

#include "serve/connection.h"
#include "serve/passwords.h"
#include "serve/worker.h"

struct task {
        struct disk_task disk;
        struct connection *connection; /* NULL: abandoned */
        const struct site *site;
        uint64_t asked_ns; /* worker->asked_ns of the request that started it */
        struct file *file; /* to warm; or the one known before, or NULL: a reference */
        bool finished;
        /* To resolve: */
        struct lookup lookup; /* its path is the one behind all this */
        struct resolution resolution;
        /* To warm: */
        uint64_t offset;
        uint64_t length;
        uint64_t ahead;
        int result;
        /* To step: */
        sluice_transfer *transfer; /* borrowed; owned when abandoned */
        int fd; /* owned when abandoned; else -1 */
        uint64_t budget;
        enum sluice_step step;
        /* To verify: */
        bool verifies;
        bool right;
        /* To resolve: the path; to verify: the credentials, NUL-terminated. */
        size_t path_length;
        char path[];
};

static void task_free(struct task *task)
{
        if (task->fd >= 0) {
                sluice_close(task->transfer);
                fd_close(&task->fd);
        }
        resolution_done(&task->resolution);
        file_unref(task->file);
        if (task->verifies)
                explicit_bzero(task->path, task->path_length);
        free(task);
}

static struct task *task_of(struct disk_task *disk)
{
        return (void *)((char *)disk - offsetof(struct task, disk));
}

static void run_resolve(struct disk_task *disk)
{
        struct task *task = task_of(disk);
        /* Waiting allowed: it always has an answer. */
        (void)!resolve(task->site, &task->lookup, task->file, true, &task->resolution);
}

static void run_verify(struct disk_task *disk)
{
        struct task *task = task_of(disk);
        task->right = passwords_verify(task->site->passwords, task->path);
}

static void run_warm(struct disk_task *disk)
{
        struct task *task = task_of(disk);
        task->result = sluice_warm_ahead(task->file->fd, task->offset, task->length, task->ahead);
}

static void run_step(struct disk_task *disk)
{
        struct task *task = task_of(disk);
        task->step = sluice_step(task->transfer, task->budget);
}

static void done(struct disk_task *disk)
{
        struct task *task = task_of(disk);
        task->finished = true;
        if (task->connection)
                connection_continue(task->connection);
        else
                task_free(task);
}

static struct task *task_new(struct connection *connection, enum disk_task_kind kind,
                             struct file *file, size_t path_length)
{
        struct task *task = calloc(1, sizeof(*task) + path_length);
        if (!task)
                return NULL;
        task->path_length = path_length;
        task->connection = connection;
        task->site = connection->worker->site;
        task->fd = -1;
        task->asked_ns = connection->worker->asked_ns;
        task->file = file ? file_ref(file) : NULL;
        task->disk.kind = kind;
        task->disk.loop = connection->worker->loop;
        task->disk.done = done;
        return task;
}

static int start(struct connection *connection, struct task *task)
{
        int r = disk_pool_submit(task->site->disk_pool, &task->disk);
        if (r < 0) {
                task_free(task);
                return r;
        }
        connection->task = task;
        return 0;
}

int task_start_resolve(struct connection *connection, const struct lookup *lookup,
                       struct file *known)
{
        struct span path = lookup->path;
        struct task *task = task_new(connection, DISK_TASK_SHORT, known, path.length);
        if (!task)
                return -ENOMEM;
        task->disk.run = run_resolve;
        task->lookup = *lookup;
        task->lookup.path.data = task->path;
        if (path.length > 0)
                memcpy(task->path, path.data, path.length);
        return start(connection, task);
}

int task_start_verify(struct connection *connection, struct span credentials)
{
        /* Long, so that it never keeps those who look for files from all threads. */
        struct task *task = task_new(connection, DISK_TASK_LONG, NULL, credentials.length + 1);
        if (!task)
                return -ENOMEM;
        task->disk.run = run_verify;
        task->verifies = true;
        memcpy(task->path, credentials.data, credentials.length);
        return start(connection, task);
}

bool task_is_verify(const struct connection *connection)
{
        return connection->task->verifies;
}

bool task_take_verified(struct connection *connection)
{
        struct task *task = connection->task;
        bool right = task->right;
        connection->task = NULL;
        connection->worker->asked_ns = task->asked_ns;
        task_free(task);
        return right;
}

int task_start_warm(struct connection *connection, struct file *file, uint64_t offset,
                    uint64_t length, uint64_t ahead)
{
        struct task *task = task_new(connection, DISK_TASK_LONG, file, 0);
        if (!task)
                return -ENOMEM;
        task->disk.run = run_warm;
        task->offset = offset;
        task->length = length;
        task->ahead = ahead;
        return start(connection, task);
}

int task_start_step(struct connection *connection, uint64_t budget)
{
        struct file *file = STAILQ_FIRST(&connection->responses)->file;
        struct task *task = task_new(connection, DISK_TASK_LONG, file, 0);
        if (!task)
                return -ENOMEM;
        task->disk.run = run_step;
        task->transfer = connection->transfer;
        task->budget = budget;
        return start(connection, task);
}

bool task_is_step(const struct connection *connection)
{
        return connection->task->transfer != NULL;
}

enum sluice_step task_take_step(struct connection *connection)
{
        struct task *task = connection->task;
        enum sluice_step step = task->step;
        connection->task = NULL;
        task_free(task);
        return step;
}

bool task_take_resolution(struct connection *connection, struct resolution *ret_resolution)
{
        struct task *task = connection->task;
        if (!task)
                return false;
        connection->task = NULL;
        /* The wait is part of what the answer took. */
        connection->worker->asked_ns = task->asked_ns;
        *ret_resolution = task->resolution;
        task->resolution = (struct resolution){0};
        if (ret_resolution->kind == RESOLVED_SAME) {
                ret_resolution->file = task->file;
                task->file = NULL;
        }
        task_free(task);
        return true;
}

int task_take_warmed(struct connection *connection)
{
        struct task *task = connection->task;
        int result = task->result;
        connection->task = NULL;
        task_free(task);
        return result;
}

void task_abandon(struct connection *connection)
{
        struct task *task = connection->task;
        if (!task)
                return;
        connection->task = NULL;
        task->connection = NULL;
        if (task->finished || disk_pool_cancel(task->site->disk_pool, &task->disk)) {
                task_free(task);
        } else if (task->transfer) {
                connection->transfer = NULL;
                task->fd = loop_release(connection->worker->loop, &connection->stream);
                /* What the step still sends is for nobody. */
                (void)shutdown(task->fd, SHUT_RDWR);
        }
}
