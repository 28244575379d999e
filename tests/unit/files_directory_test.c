#include "unit.h"

#include <errno.h>
#include <sys/stat.h>

#include "files/directory.h"

static const struct directory_reach anywhere = {.anywhere = true};

static void shows_what_may_be_shown(void **state)
{
        (void)state;
        char folder[sizeof(FOLDER_TEMPLATE)], path[512];
        struct root root;
        struct directory directory;

        folder_make(folder);
        file_write(folder, "b.txt", "four");
        file_write(folder, "A.txt", "");
        file_write(folder, ".hidden", "x");
        (void)snprintf(path, sizeof(path), "%s/zoo", folder);
        assert_int_equal(mkdir(path, 0755), 0);
        (void)snprintf(path, sizeof(path), "%s/fifo", folder);
        assert_int_equal(mkfifo(path, 0644), 0);
        (void)snprintf(path, sizeof(path), "%s/inside", folder);
        assert_int_equal(symlink("b.txt", path), 0);
        (void)snprintf(path, sizeof(path), "%s/outside", folder);
        assert_int_equal(symlink("/etc/passwd", path), 0);
        (void)snprintf(path, sizeof(path), "%s/dangling", folder);
        assert_int_equal(symlink("none", path), 0);

        assert_int_equal(root_open(&root, folder), 0);
        int fd = -1;
        assert_int_equal(root_open_path(&root, "", 0, &fd), 0);
        assert_int_equal(directory_read(&directory, &root, "", &anywhere, &fd), 0);
        assert_int_equal(fd, -1);

        assert_int_equal(directory.count, 4);
        assert_string_equal(directory.entries[0].name, "zoo");
        assert_true(directory.entries[0].is_directory);
        assert_string_equal(directory.entries[1].name, "A.txt");
        assert_string_equal(directory.entries[2].name, "b.txt");
        assert_int_equal(directory.entries[2].size, 4);
        assert_string_equal(directory.entries[3].name, "inside");
        assert_int_equal(directory.entries[3].size, 4);
        assert_false(directory.truncated);
        directory_done(&directory);

        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_int_equal(directory_read(&directory, &root, "", &anywhere, &fd), -ENOTDIR);
        assert_int_equal(fd, -1);
        root_close(&root);
        folder_remove(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(shows_what_may_be_shown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
