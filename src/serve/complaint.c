#include "serve/complaint.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

#define TAKEN_MAX ((size_t)64 << 10)

static void write_to(int fd, const struct text *text)
{
        if (text->length > 0)
                (void)!write(fd, text->data, text->length);
}

static bool is_same_file(int one, int other)
{
        struct stat a, b;
        return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
               a.st_ino == b.st_ino;
}

static void write_both(const struct serve_options *options, const struct text *text)
{
        write_to(STDERR_FILENO, text);
        if (strcmp(options->error_log, "-") == 0 || strcmp(options->error_log, "off") == 0)
                return;
        /* Opened each time: it may have been moved away since. A pipe that nobody reads is
         * not waited for. */
        cleanup_fd int fd =
                open(options->error_log, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd >= 0 && !is_same_file(fd, STDERR_FILENO))
                write_to(fd, text);
}

void complaint_write(const struct serve_options *options, const char *format, ...)
{
        struct text text = {0};
        char line[1024];
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        text_puts(&text, "sluice: ");
        text_puts(&text, line);
        text_puts(&text, "\n");
        write_both(options, &text);
        text_done(&text);
}

int complaint_open(void)
{
        return memfd_create("complaints", MFD_CLOEXEC);
}

void complaint_take(const struct serve_options *options, int fd)
{
        struct text text = {0};
        char *room = fd < 0 ? NULL : text_room(&text, TAKEN_MAX);
        ssize_t n = room ? pread(fd, room, TAKEN_MAX, 0) : 0;

        text.length = n > 0 ? (size_t)n : 0;
        write_both(options, &text);
        text_done(&text);
        fd_close(&fd);
}
