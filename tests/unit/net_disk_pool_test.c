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

/* Look-ups of a place, all of which wait at the gate. */
static void submit_stuck(struct disk_pool *pool, struct job *jobs, int count, uint64_t place,
                         sem_t *gate, _Atomic int *running)
{
        for (int i = 0; i < count; i++) {
                init(&jobs[i], DISK_TASK_LOOKUP, gate, running);
                jobs[i].task.place = place;
                assert_int_equal(disk_pool_submit(pool, &jobs[i].task), 0);
        }
}

#define PLACE_A UINT64_C(46)
#define PLACE_B UINT64_C(47)
#define PLACE_C UINT64_C(48)

static void places_that_do_not_answer_leave_threads_to_the_others(void **state)
{
        (void)state;
        struct disk_pool *pool;
        struct job a[5], b[5], c[2], here[3];
        sem_t gate;
        _Atomic int running_a = 0, running_b = 0, running_c = 0, running_here = 0;

        (void)sem_init(&gate, 0, 0);
        assert_int_equal(disk_pool_new(&pool, 3, 100), 0);
        submit_stuck(pool, a, 5, PLACE_A, &gate, &running_a);
        wait_for(&running_a, 3);
        submit_stuck(pool, b, 5, PLACE_B, &gate, &running_b);
        wait_for(&running_b, 3);
        submit_stuck(pool, c, 2, PLACE_C, &gate, &running_c);
        submit_stuck(pool, here, 3, 0, &gate, &running_here);
        wait_for(&running_here, 3);
        /* All that the places elsewhere may have together are taken. */
        assert_int_equal(atomic_load(&running_a), 3);
        assert_int_equal(atomic_load(&running_b), 3);
        assert_int_equal(atomic_load(&running_c), 0);

        for (int i = 0; i < 15; i++)
                (void)sem_post(&gate);
        run_until_done(15);
        assert_int_equal(atomic_load(&running_a), 5);
        assert_int_equal(atomic_load(&running_b), 5);
        assert_int_equal(atomic_load(&running_c), 2);
        assert_true(disk_pool_free(pool, 1000));
        (void)sem_destroy(&gate);
}

static void long_tasks_elsewhere_leave_threads_for_short_ones(void **state)
{
        (void)state;
        struct disk_pool *pool;
        struct job bulk[6], quick;
        sem_t gate;
        _Atomic int running = 0, running_quick = 0;

        (void)sem_init(&gate, 0, 0);
        assert_int_equal(disk_pool_new(&pool, 3, 100), 0);
        for (int i = 0; i < 6; i++) {
                init(&bulk[i], DISK_TASK_BULK, &gate, &running);
                bulk[i].task.place = PLACE_A + (uint64_t)i;
                assert_int_equal(disk_pool_submit(pool, &bulk[i].task), 0);
        }
        wait_for(&running, 4);
        submit_stuck(pool, &quick, 1, PLACE_A, NULL, &running_quick);
        wait_for(&running_quick, 1);
        assert_int_equal(atomic_load(&running), 4);

        for (int i = 0; i < 6; i++)
                (void)sem_post(&gate);
        run_until_done(7);
        assert_true(disk_pool_free(pool, 1000));
        (void)sem_destroy(&gate);
}

static void places_take_turns(void **state)
{
        (void)state;
        struct disk_pool *pool;
        struct job jobs[6];
        sem_t gate;
        _Atomic int running = 0, of_a = 0;

        (void)sem_init(&gate, 0, 0);
        assert_int_equal(disk_pool_new(&pool, 1, 100), 0);
        for (int i = 0; i < 6; i++) {
                init(&jobs[i], DISK_TASK_BULK, &gate, i < 3 ? &of_a : &running);
                jobs[i].task.place = i < 3 ? PLACE_A : PLACE_B;
                assert_int_equal(disk_pool_submit(pool, &jobs[i].task), 0);
                if (i == 0)
                        wait_for(&of_a, 1);
        }
        for (int i = 1; i <= 3; i++) {
                wait_for(&of_a, i);
                (void)sem_post(&gate);
                wait_for(&running, i);
                (void)sem_post(&gate);
        }
        run_until_done(6);
        assert_true(disk_pool_free(pool, 1000));
        (void)sem_destroy(&gate);
}

static void more_places_than_are_told_apart_are_served(void **state)
{
        (void)state;
        struct disk_pool *pool;
        struct job jobs[40];
        sem_t gate;
        _Atomic int running = 0;

        (void)sem_init(&gate, 0, 0);
        assert_int_equal(disk_pool_new(&pool, 2, 100), 0);
        for (int i = 0; i < 40; i++)
                submit_stuck(pool, &jobs[i], 1, PLACE_A + (uint64_t)i, &gate, &running);
        wait_for(&running, 4);
        assert_true(disk_pool_cancel(pool, &jobs[39].task));
        for (int i = 0; i < 39; i++)
                (void)sem_post(&gate);
        run_until_done(39);
        assert_int_equal(atomic_load(&running), 39);
        assert_true(disk_pool_free(pool, 1000));
        (void)sem_destroy(&gate);
}

static void each_place_has_a_queue(void **state)
{
        (void)state;
        struct disk_pool *pool;
        struct job a[3], other[2], refused;
        sem_t gate;
        _Atomic int running = 0, running_other = 0;

        (void)sem_init(&gate, 0, 0);
        assert_int_equal(disk_pool_new(&pool, 1, 2), 0);
        submit_stuck(pool, a, 1, PLACE_A, &gate, &running);
        wait_for(&running, 1);
        submit_stuck(pool, a + 1, 2, PLACE_A, &gate, &running);
        init(&refused, DISK_TASK_LOOKUP, NULL, &running);
        refused.task.place = PLACE_A;
        assert_int_equal(disk_pool_submit(pool, &refused.task), -EAGAIN);
        submit_stuck(pool, other, 1, 0, NULL, &running_other);
        submit_stuck(pool, other + 1, 1, PLACE_B, NULL, &running_other);
        wait_for(&running_other, 2);

        for (int i = 0; i < 3; i++)
                (void)sem_post(&gate);
        run_until_done(5);
        assert_true(disk_pool_free(pool, 1000));
        (void)sem_destroy(&gate);
}

static struct disk_pool *moving_pool;
static _Atomic int moved; /* what disk_pool_move() said */

static void move_to_place_a(struct disk_task *task)
{
        if (task->place != 0) {
                run(task);
                return;
        }
        if (((struct job *)task)->gate)
                (void)sem_wait(((struct job *)task)->gate);
        moved = disk_pool_move(moving_pool, task, PLACE_A);
}

/* Who has left does not go on to wait elsewhere. */
static void a_task_cancelled_while_it_runs_does_not_move(void **state)
{
        (void)state;
        struct job job;
        sem_t gate;
        _Atomic int running = 0;

        (void)sem_init(&gate, 0, 0);
        assert_int_equal(disk_pool_new(&moving_pool, 1, 1), 0);
        init(&job, DISK_TASK_LOOKUP, &gate, &running);
        job.task.run = move_to_place_a;
        job.task.ends_unwanted = true;
        assert_int_equal(disk_pool_submit(moving_pool, &job.task), 0);
        while (disk_pool_cancel(moving_pool, &job.task))
                assert_int_equal(disk_pool_submit(moving_pool, &job.task), 0);
        (void)sem_post(&gate);
        run_until_done(1);
        assert_int_equal(atomic_load(&moved), -ECANCELED);
        assert_int_equal(atomic_load(&running), 0);
        assert_true(disk_pool_free(moving_pool, 1000));
        (void)sem_destroy(&gate);
}

static void a_task_moves_to_where_it_may_wait(void **state)
{
        (void)state;
        struct job stuck, moving, refused, quick;
        sem_t gate;
        _Atomic int running = 0, running_moved = 0, running_quick = 0;

        (void)sem_init(&gate, 0, 0);
        atomic_store(&moved, 1);
        assert_int_equal(disk_pool_new(&moving_pool, 1, 1), 0);
        submit_stuck(moving_pool, &stuck, 1, PLACE_A, &gate, &running);
        wait_for(&running, 1);
        init(&moving, DISK_TASK_LOOKUP, NULL, &running_moved);
        init(&refused, DISK_TASK_LOOKUP, NULL, &running_moved);
        moving.task.run = refused.task.run = move_to_place_a;
        assert_int_equal(disk_pool_submit(moving_pool, &moving.task), 0);
        wait_for(&moved, 0);
        submit_stuck(moving_pool, &quick, 1, 0, NULL, &running_quick);
        wait_for(&running_quick, 1);
        assert_int_equal(atomic_load(&running_moved), 0);
        /* Where it waits now is no room for another. */
        assert_int_equal(disk_pool_submit(moving_pool, &refused.task), 0);
        wait_for(&moved, -EAGAIN);

        (void)sem_post(&gate);
        run_until_done(4);
        assert_int_equal(atomic_load(&running_moved), 1);
        assert_int_equal(refused.done, 1);
        assert_int_equal(moving.done, 1);
        assert_true(disk_pool_free(moving_pool, 1000));
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
                cmocka_unit_test_setup_teardown(
                        places_that_do_not_answer_leave_threads_to_the_others, setup, teardown),
                cmocka_unit_test_setup_teardown(long_tasks_elsewhere_leave_threads_for_short_ones,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(places_take_turns, setup, teardown),
                cmocka_unit_test_setup_teardown(more_places_than_are_told_apart_are_served, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(each_place_has_a_queue, setup, teardown),
                cmocka_unit_test_setup_teardown(a_task_cancelled_while_it_runs_does_not_move, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(a_task_moves_to_where_it_may_wait, setup, teardown),
                cmocka_unit_test_setup_teardown(a_disk_that_does_not_answer_is_not_waited_for,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(a_loop_has_shorter_slices_than_a_disk_thread, setup,
                                                teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
