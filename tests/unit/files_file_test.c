#include "unit.h"

#include <errno.h>

#include "base/clock.h"
#include "files/file.h"

static char folder[sizeof(FOLDER_TEMPLATE)];

static int setup(void **state)
{
        (void)state;
        folder_make(folder);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        folder_remove(folder);
        return 0;
}

static struct file *open_file(const char *name, uint64_t now_ns)
{
        char path[512];
        struct file *file;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(file_new(&file, &fd, name, now_ns), 0);
        assert_int_equal(fd, -1);
        return file;
}

static void a_fresh_file_has_a_weak_tag(void **state)
{
        (void)state;
        file_write(folder, "a.html", "one");
        struct file *fresh = open_file("a.html", clock_realtime_ns());
        assert_false(fresh->settled);
        assert_memory_equal(fresh->etag, "W/\"", 3);
        struct file *old = open_file("a.html", clock_realtime_ns() + 3 * NS_PER_S);
        assert_true(old->settled);
        assert_int_equal(old->etag[0], '"');
        assert_int_equal(old->etag[old->etag_length - 1], '"');
        assert_true(file_is_same(fresh, old));
        assert_int_equal(old->size, 3);
        assert_memory_equal(old->type.data, "text/html; charset=utf-8", old->type.length);
        file_unref(fresh);
        file_unref(old);
}

static void a_time_set_back_changes_the_tag(void **state)
{
        (void)state;
        file_write(folder, "b", "one");
        uint64_t later = clock_realtime_ns() + 3 * NS_PER_S;
        struct file *before = open_file("b", later);
        const struct timespec times[2] = {before->modified, before->modified};

        /* A change that sets the mtime back, as copying programs do. */
        (void)usleep(20000);
        assert_int_equal(pwrite(before->fd, "two", 3, 0), 3);
        assert_int_equal(futimens(before->fd, times), 0);
        struct file *after = open_file("b", later);
        assert_int_equal(before->modified.tv_nsec, after->modified.tv_nsec);
        assert_string_not_equal(before->etag, after->etag);
        assert_false(file_is_same(before, after));
        file_unref(before);
        file_unref(after);
}

static void the_body_is_of_the_file_that_was_looked_at(void **state)
{
        (void)state;
        file_write(folder, "c", "first");
        struct file *file = open_file("c", clock_realtime_ns());
        assert_int_equal(file_read_body(file, 100, true), 0);
        assert_memory_equal(file->body, "first", 5);
        file_unref(file);

        file = open_file("c", clock_realtime_ns());
        (void)usleep(20000);
        file_write(folder, "c", "other");
        assert_int_equal(file_read_body(file, 100, true), -ESTALE);
        assert_null(file->body);
        file_write(folder, "c", "cut");
        assert_int_equal(file_read_body(file, 100, true), -ESTALE);
        file_unref(file);
}

static void only_regular_files(void **state)
{
        (void)state;
        struct file *file = NULL;
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_int_equal(file_new(&file, &fd, "null", 0), -ENOENT);
        assert_int_equal(fd, -1);
        fd = open(folder, O_RDONLY | O_CLOEXEC);
        assert_int_equal(file_new(&file, &fd, "folder", 0), -EISDIR);
        assert_null(file);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_fresh_file_has_a_weak_tag),
                cmocka_unit_test(a_time_set_back_changes_the_tag),
                cmocka_unit_test(the_body_is_of_the_file_that_was_looked_at),
                cmocka_unit_test(only_regular_files),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}
