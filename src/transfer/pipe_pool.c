#include "transfer/pipe_pool.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "transfer/call.h"

/* As many as threads commonly step at once; more are destroyed. */
#define KEPT_MAX 16

/* pipe(7): what an unprivileged process may ask for. */
#define CAPACITY_WANTED (1 << 20)

static struct {
        pthread_mutex_t lock;
        size_t count;
        struct pipe kept[KEPT_MAX];
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Atomic bool fork_handled;

static void pipe_destroy(struct account *account, struct pipe *pipe)
{
        call_close(account, &pipe->read_fd);
        call_close(account, &pipe->write_fd);
}

static void clear_locked(struct account *account)
{
        while (pool.count > 0)
                pipe_destroy(account, &pool.kept[--pool.count]);
}

static void lock(void)
{
        pthread_mutex_lock(&pool.lock);
}

static void unlock(void)
{
        pthread_mutex_unlock(&pool.lock);
}

/* A pipe that parent and child both wrote to would mix their files. */
static void forget_in_child(void)
{
        struct account account = {0};
        clear_locked(&account);
        unlock();
}

static void handle_fork(void)
{
        /* Not pthread_once(3), which makes a system call of its own. */
        if (!atomic_exchange(&fork_handled, true))
                pthread_atfork(lock, unlock, forget_in_child);
}

static int pipe_make(struct account *account, struct pipe *ret)
{
        int fds[2];
        int r = call_pipe2(account, fds, O_CLOEXEC);
        if (r < 0)
                return r;
        struct pipe pipe = {.read_fd = fds[0], .write_fd = fds[1]};
        /* Refused beyond the user's share of pages: then it stays as it is. */
        r = call_fcntl(account, pipe.write_fd, F_SETPIPE_SZ, CAPACITY_WANTED);
        if (r < 0)
                r = call_fcntl(account, pipe.write_fd, F_GETPIPE_SZ, 0);
        if (r < 0) {
                pipe_destroy(account, &pipe);
                return r;
        }
        pipe.capacity = (size_t)r;
        *ret = pipe;
        return 0;
}

int pipe_pool_take(struct account *account, struct pipe *ret)
{
        lock();
        bool found = pool.count > 0;
        if (found)
                *ret = pool.kept[--pool.count];
        unlock();
        return found ? 0 : pipe_make(account, ret);
}

void pipe_pool_give(struct account *account, struct pipe *pipe, size_t held)
{
        handle_fork();
        lock();
        bool kept = held == 0 && pool.count < KEPT_MAX;
        if (kept)
                pool.kept[pool.count++] = *pipe;
        unlock();
        if (!kept)
                pipe_destroy(account, pipe);
}

void pipe_pool_clear(void)
{
        struct account account = {0};
        lock();
        clear_locked(&account);
        unlock();
        account_publish_calls(&account);
}
