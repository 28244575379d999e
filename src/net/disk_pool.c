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

/* So many are told apart at a time; what comes then shares the last one's threads and queues. */
#define PLACES 16

/* Of places other than 0 together, to a place's threads: so that one that does not
 * answer, neither for names nor for bytes, leaves some to the others. */
#define ELSEWHERE_FACTOR 2

TAILQ_HEAD(disk_queue, disk_task);

struct disk_place {
        uint64_t place; /* disk_task.place of what is in it; the last that was */
        struct disk_queue queues[2]; /* by kind */
        size_t queued[2];
        unsigned running; /* of both kinds */
        unsigned running_bulk;
};

struct disk_pool {
        pthread_mutex_t lock;
        pthread_cond_t work;
        pthread_cond_t quiet; /* running has become 0 */
        struct disk_place places[PLACES];
        unsigned turn; /* whose it is, where several have work of one kind */
        size_t queue_max; /* look-ups, of a place */
        int nice; /* the process's, which its threads keep */
        unsigned running;
        unsigned running_elsewhere; /* not in place 0 */
        unsigned running_elsewhere_bulk;
        unsigned elsewhere_max;
        unsigned elsewhere_bulk_max;
        unsigned place_max;
        unsigned bulk_max; /* of a place */
        bool stopping;
        unsigned thread_count; /* started */
        pthread_t threads[]; /* place_max and elsewhere_max */
};

static unsigned leave_some(unsigned threads)
{
        return threads > KEPT_FOR_LOOKUPS ? threads - KEPT_FOR_LOOKUPS : 1;
}

int disk_pool_new(struct disk_pool **ret_pool, unsigned threads, size_t queue_max)
{
        unsigned elsewhere = threads * ELSEWHERE_FACTOR;
        struct disk_pool *pool =
                calloc(1, sizeof(*pool) + (threads + elsewhere) * sizeof(pool->threads[0]));
        if (!pool)
                return -ENOMEM;
        pool->place_max = threads;
        pool->elsewhere_max = elsewhere;
        pool->elsewhere_bulk_max = leave_some(elsewhere);
        pool->nice = getpriority(PRIO_PROCESS, 0);
        pool->bulk_max = leave_some(threads);
        pool->queue_max = queue_max;
        for (size_t i = 0; i < PLACES; i++) {
                TAILQ_INIT(&pool->places[i].queues[DISK_TASK_LOOKUP]);
                TAILQ_INIT(&pool->places[i].queues[DISK_TASK_BULK]);
        }
        /* None can fail with default attributes (pthread_mutex_init(3)). */
        (void)pthread_mutex_init(&pool->lock, NULL);
        (void)pthread_cond_init(&pool->work, NULL);
        (void)pthread_cond_init(&pool->quiet, NULL);
        *ret_pool = pool;
        return 0;
}

static bool is_elsewhere(const struct disk_pool *pool, const struct disk_place *place)
{
        return place != &pool->places[0];
}

/* Locked, as are the next ones. */
static bool is_unused(const struct disk_place *place)
{
        return place->running == 0 && place->queued[DISK_TASK_LOOKUP] == 0 &&
               place->queued[DISK_TASK_BULK] == 0;
}

static struct disk_place *find_place(struct disk_pool *pool, uint64_t place)
{
        struct disk_place *found = &pool->places[PLACES - 1];

        if (place == 0)
                return &pool->places[0];
        for (size_t i = 1; i < PLACES; i++) {
                struct disk_place *other = &pool->places[i];
                if (other->place == place && !is_unused(other))
                        return other;
                if (is_unused(other) && !is_unused(found))
                        found = other;
        }
        if (is_unused(found))
                found->place = place;
        return found;
}

static bool is_full(const struct disk_pool *pool, const struct disk_place *place,
                    enum disk_task_kind kind)
{
        return kind == DISK_TASK_LOOKUP && place->queued[DISK_TASK_LOOKUP] >= pool->queue_max;
}

static bool may_run(const struct disk_pool *pool, const struct disk_place *place,
                    enum disk_task_kind kind)
{
        if (is_elsewhere(pool, place)) {
                /* One thread stays, should there never be another. */
                if (pool->running_elsewhere >= pool->elsewhere_max ||
                    pool->running_elsewhere + 1 >= pool->thread_count)
                        return false;
                if (kind == DISK_TASK_BULK &&
                    pool->running_elsewhere_bulk >= pool->elsewhere_bulk_max)
                        return false;
        }
        if (kind == DISK_TASK_BULK && place->running_bulk >= pool->bulk_max)
                return false;
        return place->running < pool->place_max;
}

/* The next task that may run now; NULL when there is none. */
static struct disk_task *next_task(const struct disk_pool *pool)
{
        for (enum disk_task_kind kind = DISK_TASK_LOOKUP; kind <= DISK_TASK_BULK; kind++) {
                for (unsigned i = 0; i < PLACES; i++) {
                        const struct disk_place *place = &pool->places[(pool->turn + i) % PLACES];
                        struct disk_task *task = TAILQ_FIRST(&place->queues[kind]);
                        if (task && may_run(pool, place, kind))
                                return task;
                }
        }
        return NULL;
}

/* What runs and what could, had it a thread. */
static unsigned threads_wanted(const struct disk_pool *pool)
{
        size_t here = 0, elsewhere = 0;

        for (size_t i = 0; i < PLACES; i++) {
                const struct disk_place *place = &pool->places[i];
                size_t bulk = place->running_bulk + place->queued[DISK_TASK_BULK];
                if (bulk > pool->bulk_max)
                        bulk = pool->bulk_max;
                size_t wanted = place->running - place->running_bulk +
                                place->queued[DISK_TASK_LOOKUP] + bulk;
                if (wanted > pool->place_max)
                        wanted = pool->place_max;
                *(i == 0 ? &here : &elsewhere) += wanted;
        }
        if (elsewhere > pool->elsewhere_max)
                elsewhere = pool->elsewhere_max;
        /* And the one that stays. */
        if (here == 0 && elsewhere > 0)
                here = 1;
        return (unsigned)(here + elsewhere);
}

static void put_in(struct disk_task *task)
{
        TAILQ_INSERT_TAIL(&task->at->queues[task->kind], task, queue);
        task->queued = true;
        task->at->queued[task->kind]++;
}

static void take_out(struct disk_task *task)
{
        TAILQ_REMOVE(&task->at->queues[task->kind], task, queue);
        task->queued = false;
        task->at->queued[task->kind]--;
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

static void *thread_main(void *argument);

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

/* For what is queued or has its room kept. Fewer threads than wanted still do the work; none
 * does not. */
static int start_threads(struct disk_pool *pool, const struct disk_place *place)
{
        int r = 0;
        while (r == 0 && pool->thread_count < threads_wanted(pool))
                r = start_thread(pool);
        return pool->thread_count > (is_elsewhere(pool, place) ? 1 : 0) ? 0 : r;
}

static void post(struct disk_task *task)
{
        task->message.deliver = deliver;
        loop_post(task->loop, &task->message);
}

/* Unlocked while the task runs, which is its owner's then. */
static void run(struct disk_pool *pool, struct disk_task *task)
{
        struct disk_place *place = task->at;
        const bool bulk = task->kind == DISK_TASK_BULK, elsewhere = is_elsewhere(pool, place);

        place->running++;
        place->running_bulk += bulk;
        pool->running_elsewhere += elsewhere;
        pool->running_elsewhere_bulk += elsewhere && bulk;
        pool->running++;
        /* The end of one may let two begin. */
        if (next_task(pool))
                (void)pthread_cond_signal(&pool->work);
        (void)pthread_mutex_unlock(&pool->lock);

        task->again = false;
        task->run(task);
        bool again = task->again;
        if (!again)
                post(task);

        (void)pthread_mutex_lock(&pool->lock);
        place->running--;
        place->running_bulk -= bulk;
        pool->running_elsewhere -= elsewhere;
        pool->running_elsewhere_bulk -= elsewhere && bulk;
        if (again) {
                task->at->queued[task->kind]--; /* its room */
                if (task->unwanted) {
                        post(task);
                } else {
                        put_in(task);
                        (void)pthread_cond_signal(&pool->work);
                }
        }
        if (--pool->running == 0)
                (void)pthread_cond_signal(&pool->quiet);
}

static void *thread_main(void *argument)
{
        struct disk_pool *pool = argument;

        take_long_slices(pool);
        (void)pthread_mutex_lock(&pool->lock);
        for (;;) {
                struct disk_task *task = NULL;
                while (!pool->stopping && !(task = next_task(pool)))
                        (void)pthread_cond_wait(&pool->work, &pool->lock);
                if (pool->stopping)
                        break;
                take_out(task);
                pool->turn = (unsigned)(task->at - pool->places) + 1;
                run(pool, task);
        }
        (void)pthread_mutex_unlock(&pool->lock);
        return NULL;
}

int disk_pool_submit(struct disk_pool *pool, struct disk_task *task)
{
        int r = -EAGAIN;

        (void)pthread_mutex_lock(&pool->lock);
        task->unwanted = false;
        task->at = find_place(pool, task->place);
        if (!is_full(pool, task->at, task->kind)) {
                put_in(task);
                r = start_threads(pool, task->at);
                if (r < 0)
                        take_out(task);
                else
                        (void)pthread_cond_signal(&pool->work);
        }
        (void)pthread_mutex_unlock(&pool->lock);
        return r;
}

int disk_pool_move(struct disk_pool *pool, struct disk_task *task, uint64_t place)
{
        int r = -EAGAIN;

        (void)pthread_mutex_lock(&pool->lock);
        struct disk_place *to = find_place(pool, place);
        if (task->unwanted) {
                r = -ECANCELED;
        } else if (!is_full(pool, to, task->kind)) {
                to->queued[task->kind]++;
                r = start_threads(pool, to);
                if (r < 0) {
                        to->queued[task->kind]--;
                } else {
                        task->place = place;
                        task->at = to;
                        task->again = true;
                }
        }
        (void)pthread_mutex_unlock(&pool->lock);
        return r;
}

bool disk_pool_cancel(struct disk_pool *pool, struct disk_task *task)
{
        (void)pthread_mutex_lock(&pool->lock);
        bool waits = task->queued;
        if (waits)
                take_out(task);
        else
                task->unwanted = task->ends_unwanted;
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
