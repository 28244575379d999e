#include "unit.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/disk_pool.h"

static const struct stream_handlers no_handlers;
static struct loop *loop;

struct job {
        struct disk_task task; /* first */
        sem_t *gate; /* run() waits for it */
        _Atomic int *running;
        int done;
};

static int done_count, done_wanted;

static void run(struct disk_task *task)
{
        struct job *job = (struct job *)task;
        atomic_fetch_add(job->running, 1);
        if (job->gate)
                (void)sem_wait(job->gate);
}

static void done(struct disk_task *task)
{
        ((struct job *)task)->done++;
        if (++done_count == done_wanted)
                loop_stop(loop);
}

static void ignore_deadline(void *context, struct deadline *deadline)
{
        (void)context;
        (void)deadline;
}

static void ignore_turn(void *context)
{
        (void)context;
}

static void run_until_done(int wanted)
{
        static const struct loop_hooks hooks = {NULL, ignore_deadline, ignore_turn};
        done_wanted = wanted;
        assert_int_equal(loop_run(loop, &hooks), 0);
}

static void init(struct job *job, enum disk_task_kind kind, sem_t *gate, _Atomic int *running)
{
        *job = (struct job){
                .task = {.kind = kind, .loop = loop, .run = run, .done = done},
                .gate = gate,
                .running = running,
        };
}

static int setup(void **state)
{
        (void)state;
        done_count = 0;
        return loop_new(&loop, &no_handlers);
}

static int teardown(void **state)
{
        (void)state;
        loop_free(loop);
        return 0;
}

static void wait_for(const _Atomic int *value, int wanted)
{
        for (int i = 0; i < 2000 && atomic_load(value) != wanted; i++)
                (void)usleep(1000);
        assert_int_equal(atomic_load(value), wanted);
}

static void long_tasks_leave_threads_for_short_ones(void **state)
{
        (void)state;
        struct disk_pool *pool;
        struct job slow[6], quick;
        sem_t gate;
        _Atomic int running = 0, quick_running = 0;

        (void)sem_init(&gate, 0, 0);
        assert_int_equal(disk_pool_new(&pool, 4, 100), 0);
        for (int i = 0; i < 6; i++) {
                init(&slow[i], DISK_TASK_BULK, &gate, &running);
                assert_int_equal(disk_pool_submit(pool, &slow[i].task), 0);
        }
        wait_for(&running, 2);
        init(&quick, DISK_TASK_LOOKUP, NULL, &quick_running);
        assert_int_equal(disk_pool_submit(pool, &quick.task), 0);
        wait_for(&quick_running, 1);
        assert_int_equal(atomic_load(&running), 2);

        for (int i = 0; i < 6; i++)
                (void)sem_post(&gate);
        run_until_done(7);
        for (int i = 0; i < 6; i++)
                assert_int_equal(slow[i].done, 1);
        assert_true(disk_pool_free(pool, 1000));
        (void)sem_destroy(&gate);
}

static void what_waits_can_be_cancelled(void **state)
{
        (void)state;
        struct disk_pool *pool;
        struct job first, second;
        sem_t gate;
        _Atomic int running = 0;

        (void)sem_init(&gate, 0, 0);
        assert_int_equal(disk_pool_new(&pool, 1, 1), 0);
        init(&first, DISK_TASK_LOOKUP, &gate, &running);
        init(&second, DISK_TASK_LOOKUP, &gate, &running);
        assert_int_equal(disk_pool_submit(pool, &first.task), 0);
        wait_for(&running, 1);
        assert_int_equal(disk_pool_submit(pool, &second.task), 0);
        struct job third;
        init(&third, DISK_TASK_LOOKUP, NULL, &running);
        assert_int_equal(disk_pool_submit(pool, &third.task), -EAGAIN);

        assert_true(disk_pool_cancel(pool, &second.task));
        assert_false(disk_pool_cancel(pool, &first.task));
        (void)sem_post(&gate);
        run_until_done(1);
        assert_int_equal(second.done, 0);
        assert_true(disk_pool_free(pool, 1000));
        (void)sem_destroy(&gate);
}

static void a_disk_that_does_not_answer_is_not_waited_for(void **state)
{
        (void)state;
        struct disk_pool *pool;
        struct job stuck;
        sem_t gate;
        _Atomic int running = 0;

        (void)sem_init(&gate, 0, 0);
        assert_int_equal(disk_pool_new(&pool, 1, 1), 0);
        init(&stuck, DISK_TASK_LOOKUP, &gate, &running);
        assert_int_equal(disk_pool_submit(pool, &stuck.task), 0);
        wait_for(&running, 1);
        assert_false(disk_pool_free(pool, 20));
        (void)sem_post(&gate);
        assert_true(disk_pool_free(pool, 1000));
        run_until_done(1);
        (void)sem_destroy(&gate);
}

static uint64_t slice_of_this_thread(void)
{
        struct {
                uint32_t size, policy;
                uint64_t flags;
                int32_t nice;
                uint32_t priority;
                uint64_t runtime_ns, deadline_ns, period_ns;
        } attributes = {.size = sizeof(attributes)};
        assert_int_equal(syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0), 0);
        return attributes.runtime_ns;
}

static uint64_t slice_of_disk_thread;

static void run_and_tell_slice(struct disk_task *task)
{
        slice_of_disk_thread = slice_of_this_thread();
        run(task);
}

/* A loop that wakes beside a disk thread passes it only when its own slice is the shorter. */
static void a_loop_has_shorter_slices_than_a_disk_thread(void **state)
{
        (void)state;
        struct disk_pool *pool;
        struct job job;
        _Atomic int running = 0;

        if (slice_of_this_thread() == 0)
                skip(); /* before Linux 6.12 nobody has a say in it */
        assert_int_equal(disk_pool_new(&pool, 1, 1), 0);
        init(&job, DISK_TASK_LOOKUP, NULL, &running);
        job.task.run = run_and_tell_slice;
        assert_int_equal(disk_pool_submit(pool, &job.task), 0);
        run_until_done(1);
        assert_true(disk_pool_free(pool, 1000));
        assert_true(slice_of_this_thread() < slice_of_disk_thread);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(long_tasks_leave_threads_for_short_ones, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(what_waits_can_be_cancelled, setup, teardown),
                cmocka_unit_test_setup_teardown(a_disk_that_does_not_answer_is_not_waited_for,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(a_loop_has_shorter_slices_than_a_disk_thread, setup,
                                                teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
