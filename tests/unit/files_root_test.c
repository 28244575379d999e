#include "unit.h"

#include <errno.h>
#include <sys/stat.h>

#include "files/root.h"

static char folder[sizeof(FOLDER_TEMPLATE)];
static struct root root;

static int setup(void **state)
{
        (void)state;
        char path[512];
        folder_make(folder);
        (void)snprintf(path, sizeof(path), "%s/in", folder);
        assert_int_equal(mkdir(path, 0755), 0);
        (void)snprintf(path, sizeof(path), "%s/in/sub", folder);
        assert_int_equal(mkdir(path, 0755), 0);
        file_write(folder, "secret", "outside");
        file_write(folder, "in/a", "inside");
        (void)snprintf(path, sizeof(path), "%s/in", folder);
        assert_int_equal(root_open(&root, path), 0);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        root_close(&root);
        folder_remove(folder);
        return 0;
}

static int open_in(const char *path)
{
        int fd = -1;
        int r = root_open_path(&root, path, 0, &fd);
        if (r == 0)
                (void)close(fd);
        return r;
}

static void link_in(const char *name, const char *target)
{
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/in/%s", folder, name);
        assert_int_equal(symlink(target, path), 0);
}

static void opens_what_lies_beneath(void **state)
{
        (void)state;
        assert_int_equal(open_in("a"), 0);
        assert_int_equal(open_in(""), 0);
        assert_int_equal(open_in("sub"), 0);
        assert_int_equal(open_in("sub/../a"), 0);
        assert_int_equal(open_in("none"), -ENOENT);
        assert_int_equal(open_in("a/b"), -ENOTDIR);
}

static void nothing_leads_out(void **state)
{
        (void)state;
        assert_int_equal(open_in("../secret"), -EXDEV);
        assert_int_equal(open_in("sub/../../secret"), -EXDEV);
        assert_int_equal(open_in("/etc/passwd"), -EXDEV);
        link_in("up", "../secret");
        assert_int_equal(open_in("up"), -EXDEV);
        link_in("absolute", "/etc/passwd");
        assert_int_equal(open_in("absolute"), -EXDEV);
        link_in("circle", "circle");
        assert_int_equal(open_in("circle"), -ELOOP);
}

static void a_link_within_is_followed(void **state)
{
        (void)state;
        link_in("alias", "a");
        assert_int_equal(open_in("alias"), 0);
}

static void a_fifo_does_not_hang(void **state)
{
        (void)state;
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/in/fifo", folder);
        assert_int_equal(mkfifo(path, 0644), 0);
        assert_int_equal(open_in("fifo"), 0);
}

static void one_file_is_its_folder_and_its_name(void **state)
{
        (void)state;
        char path[512];
        struct root only;
        (void)snprintf(path, sizeof(path), "%s/in/a", folder);
        assert_int_equal(root_open(&only, path), 0);
        assert_string_equal(only.only, "a");
        root_close(&only);
        assert_int_equal(root_open(&only, "/dev/null"), -EINVAL);
        assert_int_equal(root_open(&only, "/no/such"), -ENOENT);
}

/* Its name is in memory, but what it is may have to be asked of others. */
static void what_is_mounted_beneath_is_left_to_who_may_wait(void **state)
{
        (void)state;
        struct root all;
        int fd = -1;
        assert_int_equal(root_open(&all, "/"), 0);
        if (!all.local) {
                root_close(&all);
                skip();
        }
        for (int i = 0; i < 2; i++) {
                assert_int_equal(root_open_path(&all, "proc/version", ROOT_CACHED, &fd), -EAGAIN);
                assert_int_equal(root_open_path(&all, "proc/version", ROOT_LOCAL, &fd), -EREMOTE);
                assert_int_equal(root_open_path(&all, "proc/version", 0, &fd), 0);
                assert_int_equal(close(fd), 0);
        }
        root_close(&all);
        struct root elsewhere = root;
        elsewhere.local = false;
        assert_int_equal(root_open_path(&elsewhere, "a", 0, &fd), 0);
        assert_int_equal(close(fd), 0);
        assert_int_equal(root_open_path(&elsewhere, "a", ROOT_CACHED, &fd), -EAGAIN);
        assert_int_equal(root_open_path(&elsewhere, "a", ROOT_LOCAL, &fd), -EREMOTE);
        assert_int_equal(root_open_path(&root, "a", ROOT_LOCAL, &fd), 0);
        assert_int_equal(close(fd), 0);
}

static void mounts_beneath_are_told_apart(void **state)
{
        (void)state;
        struct root all;
        assert_int_equal(root_open(&all, "/"), 0);
        if (!all.local) {
                root_close(&all);
                skip();
        }
        struct stat proc, tmp, top;
        char beneath[512];

        assert_int_equal(stat("/proc", &proc) + stat("/tmp", &tmp) + stat("/", &top), 0);
        assert_true(root_device_beyond(&all, span_of("proc")) == proc.st_dev);
        assert_true(root_device_beyond(&all, span_of("proc/self/status")) == proc.st_dev);
        assert_true(root_device_beyond(&all, span_of("sys/kernel")) != proc.st_dev);
        assert_int_equal(root_device_beyond(&all, span_of("no/such")), 1);
        assert_int_equal(root_device_beyond(&all, span_of("")), 1);
        /* Through links, from one to another, and from a folder that is one; out, and round. */
        const struct {
                const char *name, *target, *path;
                bool leads_there;
        } links[] = {
                {"first", "second/self", "first/status", false},
                {"second", "../../../proc", "first/status", true},
                {"folder", "sub", "folder/../second/version", true},
                {"out", "/proc", "out/version", false},
                {"round", "round", "round/version", false},
        };
        /* Links of another file system are not followed. */
        for (size_t i = 0; tmp.st_dev == top.st_dev && i < sizeof(links) / sizeof(links[0]); i++) {
                link_in(links[i].name, links[i].target);
                (void)snprintf(beneath, sizeof(beneath), "%s/in/%s", folder + 1, links[i].path);
                assert_int_equal(root_device_beyond(&all, span_of(beneath)) == proc.st_dev,
                                 links[i].leads_there);
        }
        root_close(&all);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(opens_what_lies_beneath),
                cmocka_unit_test(nothing_leads_out),
                cmocka_unit_test(a_link_within_is_followed),
                cmocka_unit_test(a_fifo_does_not_hang),
                cmocka_unit_test(one_file_is_its_folder_and_its_name),
                cmocka_unit_test(what_is_mounted_beneath_is_left_to_who_may_wait),
                cmocka_unit_test(mounts_beneath_are_told_apart),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}
