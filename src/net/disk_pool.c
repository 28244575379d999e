#include "net/disk_pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"

/* So many threads are kept from bulk tasks: an open need not wait behind a
 * window of a slow disk. */
#define KEPT_FOR_LOOKUPS 2
#define STACK_SIZE ((size_t)128 << 10)
#define SLICE_NS (5 * NS_PER_MS) /* longer than any default */

TAILQ_HEAD(disk_queue, disk_task);

struct disk_pool {
        pthread_mutex_t lock;
        pthread_cond_t work;
        pthread_cond_t quiet; /* running has become 0 */
        struct disk_queue queues[2]; /* by kind */
        size_t queued; /* of both kinds */
        size_t lookups_queued;
        size_t queue_max;
        int nice; /* the process's, which its threads keep */
        unsigned running;
        unsigned idle; /* threads that wait for work */
        unsigned running_bulk;
        unsigned bulk_max;
        bool stopping;
        unsigned thread_count; /* started */
        unsigned thread_max;
        pthread_t threads[];
};

int disk_pool_new(struct disk_pool **ret_pool, unsigned threads, size_t queue_max)
{
        struct disk_pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));
        if (!pool)
                return -ENOMEM;
        pool->thread_max = threads;
        pool->nice = getpriority(PRIO_PROCESS, 0);
        pool->bulk_max = threads > KEPT_FOR_LOOKUPS ? threads - KEPT_FOR_LOOKUPS : 1;
        pool->queue_max = queue_max;
        TAILQ_INIT(&pool->queues[DISK_TASK_LOOKUP]);
        TAILQ_INIT(&pool->queues[DISK_TASK_BULK]);
        /* None can fail with default attributes (pthread_mutex_init(3)). */
        (void)pthread_mutex_init(&pool->lock, NULL);
        (void)pthread_cond_init(&pool->work, NULL);
        (void)pthread_cond_init(&pool->quiet, NULL);
        *ret_pool = pool;
        return 0;
}

/* The next task that may run now; NULL when there is none. Locked. */
static struct disk_task *next_task(struct disk_pool *pool)
{
        struct disk_task *task = TAILQ_FIRST(&pool->queues[DISK_TASK_LOOKUP]);
        if (!task && pool->running_bulk < pool->bulk_max)
                task = TAILQ_FIRST(&pool->queues[DISK_TASK_BULK]);
        return task;
}

static void take_out(struct disk_pool *pool, struct disk_task *task)
{
        TAILQ_REMOVE(&pool->queues[task->kind], task, queue);
        task->queued = false;
        pool->queued--;
        pool->lookups_queued -= task->kind == DISK_TASK_LOOKUP;
}

static void deliver(struct loop_message *message)
{
        struct disk_task *task = (void *)((char *)message - offsetof(struct disk_task, message));
        task->done(task);
}

/* A loop that wakes on this thread's core is to run at once, but would wait for the
 * end of a slice: 1.5 to 3 ms. The kernel lets who asks for shorter slices pass who
 * asks for longer ones; what share of the core each has stays the same (EEVDF,
 * sched_setattr(2), Linux 6.12; older kernels do not mind). So it is this thread
 * that asks for long ones. */
static void take_long_slices(const struct disk_pool *pool)
{
        const struct {
                uint32_t size, policy;
                uint64_t flags;
                int32_t nice;
                uint32_t priority;
                uint64_t runtime_ns, deadline_ns, period_ns;
        } attributes = {
                .size = sizeof(attributes),
                .policy = SCHED_OTHER,
                .nice = pool->nice,
                .runtime_ns = SLICE_NS,
        };
        (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

static void *thread_main(void *argument)
{
        struct disk_pool *pool = argument;

        take_long_slices(pool);
        (void)pthread_mutex_lock(&pool->lock);
        for (;;) {
                struct disk_task *task = NULL;
                while (!pool->stopping && !(task = next_task(pool))) {
                        pool->idle++;
                        (void)pthread_cond_wait(&pool->work, &pool->lock);
                        pool->idle--;
                }
                if (pool->stopping)
                        break;
                take_out(pool, task);
                bool is_bulk = task->kind == DISK_TASK_BULK;
                pool->running++;
                pool->running_bulk += is_bulk;
                (void)pthread_mutex_unlock(&pool->lock);

                task->run(task);
                task->message.deliver = deliver;
                loop_post(task->loop, &task->message);

                (void)pthread_mutex_lock(&pool->lock);
                pool->running_bulk -= is_bulk;
                if (--pool->running == 0)
                        (void)pthread_cond_signal(&pool->quiet);
        }
        (void)pthread_mutex_unlock(&pool->lock);
        return NULL;
}

static int start_thread(struct disk_pool *pool)
{
        pthread_attr_t attributes;

        (void)pthread_attr_init(&attributes);
        (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
        int r = thread_start(&pool->threads[pool->thread_count], &attributes, thread_main, pool);
        (void)pthread_attr_destroy(&attributes);
        if (r == 0)
                pool->thread_count++;
        return r;
}

int disk_pool_submit(struct disk_pool *pool, struct disk_task *task)
{
        int r = 0;

        (void)pthread_mutex_lock(&pool->lock);
        bool full = task->kind == DISK_TASK_LOOKUP && pool->lookups_queued >= pool->queue_max;
        if (full)
                r = -EAGAIN;
        else if (pool->idle <= pool->queued && pool->thread_count < pool->thread_max)
                r = start_thread(pool);
        /* Fewer threads than wanted still do the work; none does not. */
        if (!full && pool->thread_count > 0)
                r = 0;
        if (r == 0) {
                TAILQ_INSERT_TAIL(&pool->queues[task->kind], task, queue);
                task->queued = true;
                pool->queued++;
                pool->lookups_queued += task->kind == DISK_TASK_LOOKUP;
                (void)pthread_cond_signal(&pool->work);
        }
        (void)pthread_mutex_unlock(&pool->lock);
        return r;
}

bool disk_pool_cancel(struct disk_pool *pool, struct disk_task *task)
{
        (void)pthread_mutex_lock(&pool->lock);
        bool waits = task->queued;
        if (waits)
                take_out(pool, task);
        (void)pthread_mutex_unlock(&pool->lock);
        return waits;
}

/* Locked. Whether all that ran has ended in time. */
static bool wait_until_quiet(struct disk_pool *pool, unsigned patience_ms)
{
        uint64_t until_ns = clock_realtime_ns() + patience_ms * NS_PER_MS;
        struct timespec until = {
                .tv_sec = (time_t)(until_ns / NS_PER_S),
                .tv_nsec = (long)(until_ns % NS_PER_S),
        };
        int r = 0;
        while (pool->running > 0 && r == 0)
                r = pthread_cond_timedwait(&pool->quiet, &pool->lock, &until);
        return pool->running == 0;
}

bool disk_pool_free(struct disk_pool *pool, unsigned patience_ms)
{
        if (!pool)
                return true;
        (void)pthread_mutex_lock(&pool->lock);
        pool->stopping = true;
        (void)pthread_cond_broadcast(&pool->work);
        bool quiet = wait_until_quiet(pool, patience_ms);
        (void)pthread_mutex_unlock(&pool->lock);
        if (!quiet)
                return false;

        for (unsigned i = 0; i < pool->thread_count; i++)
                (void)pthread_join(pool->threads[i], NULL);
        (void)pthread_cond_destroy(&pool->quiet);
        (void)pthread_cond_destroy(&pool->work);
        (void)pthread_mutex_destroy(&pool->lock);
        free(pool);
        return true;
}
