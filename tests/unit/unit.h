/* What cmocka.h needs before it, and a folder of the test's own. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After those. */
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_TEMPLATE "/tmp/sluice-unit-XXXXXX"

static inline void folder_make(char folder[sizeof(FOLDER_TEMPLATE)])
{
        memcpy(folder, FOLDER_TEMPLATE, sizeof(FOLDER_TEMPLATE));
        assert_non_null(mkdtemp(folder));
}

static inline void folder_remove(const char *folder)
{
        char command[256];
        (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
        assert_int_equal(system(command), 0);
}

static inline void file_write(const char *folder, const char *name, const char *content)
{
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, content, strlen(content)), strlen(content));
        (void)close(fd);
}
