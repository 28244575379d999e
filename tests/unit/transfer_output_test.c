/* Transfers to a sink: what it gets, what it is asked, and which methods give way. */
#include "unit.h"

#include <errno.h>
#include <poll.h>

#include "sluice.h"

#define SIZE ((size_t)(1 << 20) + 4711)

struct collector {
        unsigned char *bytes;
        size_t length;
        size_t held; /* taken, and not passed on */
        unsigned full_every; /* so often it says that it is full; 0: never */
        unsigned calls;
        int error; /* instead of taking anything */
        bool more_at_last; /* what the last write said of there being more */
};

static int collect(void *context, const void *data, size_t length, bool more_follows)
{
        struct collector *c = context;
        if (c->error)
                return c->error;
        /* It is not asked while it holds something. */
        assert_int_equal(c->held, 0);
        if (c->full_every && ++c->calls % c->full_every == 0)
                return -EAGAIN;
        memcpy(c->bytes + c->length, data, length);
        c->length += length;
        c->held = c->full_every ? length : 0;
        c->more_at_last = more_follows;
        return 0;
}

static int pass_on(void *context)
{
        struct collector *c = context;
        /* Half of it at a time. */
        c->held = c->held > 1 ? c->held / 2 : 0;
        return c->held > 0 ? -EAGAIN : 0;
}

struct fixture {
        char folder[sizeof(FOLDER_TEMPLATE)];
        int fd;
        unsigned char *content;
        struct collector collector;
        sluice_source *source;
};

static int set_up(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));
        char path[sizeof(f->folder) + 8];
        folder_make(f->folder);
        (void)snprintf(path, sizeof(path), "%s/file", f->folder);
        f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        f->content = malloc(SIZE);
        f->collector.bytes = malloc(2 * SIZE);
        for (size_t i = 0; i < SIZE; i++)
                f->content[i] = (unsigned char)(i * 2654435761U >> 13);
        assert_int_equal(write(f->fd, f->content, SIZE), SIZE);
        assert_int_equal(sluice_source_open(&f->source, f->fd), 0);
        *state = f;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;
        sluice_source_close(f->source);
        (void)close(f->fd);
        folder_remove(f->folder);
        free(f->content);
        free(f->collector.bytes);
        free(f);
        return 0;
}

static sluice_transfer *open_to(struct fixture *f, uint64_t offset, uint64_t length,
                                const char *method, unsigned flags)
{
        const sluice_sink sink = {
                .context = &f->collector, .write = collect, .flush = pass_on, .fd = f->fd};
        sluice_transfer *t = NULL;
        assert_int_equal(sluice_open_sink(&t, &sink, f->source, offset, length,
                                          method ? sluice_method_find(method) : NULL, flags),
                         0);
        return t;
}

static enum sluice_step run(sluice_transfer *t, const struct fixture *f)
{
        enum sluice_step step;
        while ((step = sluice_step(t, 0)) == SLUICE_MORE || step == SLUICE_WANT_WRITE) {
                int fd;
                short events;
                if (step == SLUICE_WANT_WRITE) {
                        assert_int_equal(sluice_wait_for(t, &fd, &events), 0);
                        assert_int_equal(fd, f->fd);
                        assert_int_equal(events, POLLOUT);
                }
        }
        return step;
}

static void every_byte_in_order(void **state)
{
        struct fixture *f = *state;
        const char *const methods[] = {NULL,       "copy",   "direct",  "mmap",
                                       "sendfile", "splice", "zerocopy"};
        const struct {
                uint64_t offset, length;
        } ranges[] = {{0, SIZE}, {0, 1}, {4097, 262143}, {1, 262144}, {SIZE - 5, 5}, {7, 0}};

        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
                for (size_t j = 0; j < sizeof(ranges) / sizeof(ranges[0]); j++)
                        for (unsigned full = 0; full <= 3; full += 3) {
                                f->collector.length = 0;
                                f->collector.full_every = full;
                                sluice_transfer *t = open_to(f, ranges[j].offset, ranges[j].length,
                                                             methods[i], 0);
                                assert_int_equal(run(t, f), SLUICE_DONE);
                                assert_int_equal(f->collector.held, 0);
                                assert_int_equal(f->collector.length, ranges[j].length);
                                assert_memory_equal(f->collector.bytes,
                                                    f->content + ranges[j].offset,
                                                    ranges[j].length);
                                assert_int_equal(sluice_count(t, SLUICE_BYTES_COPIED_OUT),
                                                 ranges[j].length);
                                sluice_close(t);
                        }
}

static void methods_without_bytes_give_way(void **state)
{
        struct fixture *f = *state;
        const char *const others[] = {"sendfile", "splice", "mmap", "zerocopy", "uring"};

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                const char *why = NULL;
                f->collector.length = 0;
                sluice_transfer *t = open_to(f, 0, SIZE, others[i], 0);
                assert_int_equal(run(t, f), SLUICE_DONE);
                assert_string_equal(sluice_method_name(sluice_method_used(t, NULL)), "copy");
                assert_string_equal(sluice_method_name(sluice_fallback(t, 0, &why)), others[i]);
                assert_non_null(why);
                sluice_close(t);

                t = open_to(f, 0, SIZE, others[i], SLUICE_NO_FALLBACK);
                assert_int_equal(run(t, f), SLUICE_FAILED);
                assert_int_equal(sluice_error(t), -EOPNOTSUPP);
                sluice_close(t);
        }
}

static void facts_know_it_before(void **state)
{
        const struct fixture *f = *state;
        sluice_facts *facts;
        const char *why = NULL;

        assert_int_equal(sluice_facts_probe_sink(&facts, f->fd), 0);
        assert_string_equal(sluice_method_name(sluice_choose(facts, SIZE, &why)), "copy");
        assert_non_null(why);
        assert_true(sluice_method_supported(sluice_method_find("copy"), facts, NULL));
        assert_false(sluice_method_supported(sluice_method_find("sendfile"), facts, &why));
        assert_non_null(why);
        sluice_facts_free(facts);
}

static void ends_that_are_none(void **state)
{
        struct fixture *f = *state;

        f->collector.error = -EPIPE;
        sluice_transfer *t = open_to(f, 0, SIZE, NULL, 0);
        assert_int_equal(run(t, f), SLUICE_FAILED);
        assert_int_equal(sluice_error(t), -EPIPE);
        sluice_close(t);

        f->collector.error = 0;
        t = open_to(f, SIZE - 10, 20, NULL, 0);
        assert_int_equal(run(t, f), SLUICE_SOURCE_SHORT);
        assert_int_equal(sluice_sent(t), 10);
        sluice_close(t);
}

static void more_is_said_to_follow(void **state)
{
        struct fixture *f = *state;
        sluice_transfer *t = open_to(f, 0, SIZE, NULL, 0);
        assert_int_equal(run(t, f), SLUICE_DONE);
        assert_false(f->collector.more_at_last);
        sluice_close(t);
        f->collector.length = 0;
        t = open_to(f, 0, SIZE, NULL, SLUICE_MORE_FOLLOWS);
        assert_int_equal(run(t, f), SLUICE_DONE);
        assert_true(f->collector.more_at_last);
        sluice_close(t);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(every_byte_in_order, set_up, tear_down),
                cmocka_unit_test_setup_teardown(methods_without_bytes_give_way, set_up, tear_down),
                cmocka_unit_test_setup_teardown(facts_know_it_before, set_up, tear_down),
                cmocka_unit_test_setup_teardown(ends_that_are_none, set_up, tear_down),
                cmocka_unit_test_setup_teardown(more_is_said_to_follow, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
