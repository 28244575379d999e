#include "cli/lab_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a file is written, and what it is called afterwards. */
struct replacement {
        char path[PATH_MAX]; /* no symbolic link, where it exists */
        char beside[PATH_MAX];
        mode_t mode;
};

bool lab_file_is_output(const char *path)
{
        return strcmp(path, "-") == 0;
}

/* Names of what this process has open already: another file would not be it. */
static bool is_open_already(const char *path)
{
        static const char *const begins[] = {"/dev/std", "/dev/fd/", "/proc/"};
        for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
                if (strncmp(path, begins[i], strlen(begins[i])) == 0)
                        return true;
        return false;
}

static mode_t usual_mode(void)
{
        mode_t mask = umask(0);
        (void)umask(mask);
        return 0666 & ~mask;
}

/* *ret_fd: of a new file beside the one at path. -ENOTSUP: what is there is none that
 * another could replace. */
static int begin(struct replacement *replacement, const char *path, int *ret_fd)
{
        struct stat status;
        char *real = realpath(path, NULL);
        int length =
                snprintf(replacement->path, sizeof(replacement->path), "%s", real ? real : path);
        free(real);
        if (length >= (int)(sizeof(replacement->path) - sizeof(".XXXXXX")))
                return -ENAMETOOLONG;
        replacement->mode = usual_mode();
        if (stat(replacement->path, &status) == 0) {
                if (S_ISDIR(status.st_mode))
                        return -EISDIR;
                /* Who made it read-only did not mean it to be replaced. */
                if (access(replacement->path, W_OK) < 0)
                        return -errno;
                if (!S_ISREG(status.st_mode) || is_open_already(path))
                        return -ENOTSUP;
                replacement->mode = status.st_mode & 0777;
        }
        (void)stpcpy(stpcpy(replacement->beside, replacement->path), ".XXXXXX");
        int fd = mkostemp(replacement->beside, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        return 0;
}

int lab_file_check(const char *path)
{
        struct replacement replacement;
        int fd;

        if (lab_file_is_output(path))
                return 0;
        int r = begin(&replacement, path, &fd);
        if (r < 0)
                return r == -ENOTSUP ? 0 : r;
        (void)close(fd);
        (void)unlink(replacement.beside);
        return 0;
}

/* stdio keeps no reason: it is errno's, as long as nothing else was called. */
static int fill(FILE *file, int (*write)(const void *, FILE *), const void *what)
{
        errno = 0;
        int r = write(what, file);
        if (r == -EIO && errno != 0)
                r = -errno;
        if (r == 0 && (fflush(file) == EOF || ferror(file)))
                r = errno ? -errno : -EIO;
        return r;
}

int lab_file_write(const char *path, int (*write)(const void *, FILE *), const void *what)
{
        struct replacement replacement;
        int fd;

        if (lab_file_is_output(path))
                return fill(stdout, write, what);
        int r = begin(&replacement, path, &fd);
        bool replaces = r == 0;
        if (r < 0 && r != -ENOTSUP)
                return r;
        FILE *file = replaces ? fdopen(fd, "w") : fopen(path, "we");
        r = file ? fill(file, write, what) : -errno;
        if (replaces && !file)
                (void)close(fd);
        if (replaces && r == 0 && fchmod(fd, replacement.mode) < 0)
                r = -errno;
        if (file && fclose(file) == EOF && r == 0)
                r = -errno;
        if (replaces && r == 0 && rename(replacement.beside, replacement.path) < 0)
                r = -errno;
        if (replaces && r < 0)
                (void)unlink(replacement.beside);
        return r;
}
