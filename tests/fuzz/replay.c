/* Gives a fuzz target every file of the directories named on the command line, in a
 * buffer of exactly its size, so that a sanitizer sees a read beyond its end. Fails
 * when a directory holds none: a corpus that went missing must not pass. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "fuzz.h"

static int replay_file(int directory, const char *name)
{
        cleanup_fd int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
        struct stat status;

        if (fd < 0 || fstat(fd, &status) < 0)
                return -errno;
        size_t size = (size_t)status.st_size;
        uint8_t *data = malloc(size > 0 ? size : 1);
        if (!data)
                return -ENOMEM;
        ssize_t got = read(fd, data, size);
        int r = got == (ssize_t)size ? 0 : -EIO;
        if (r == 0)
                (void)LLVMFuzzerTestOneInput(data, size);
        free(data);
        return r;
}

/* How many were replayed, or -errno. */
static int replay_directory(const char *path)
{
        DIR *directory = opendir(path);
        int count = 0, r = 0;

        if (!directory)
                return -errno;
        for (struct dirent *entry; r == 0 && (entry = readdir(directory));) {
                if (entry->d_name[0] == '.')
                        continue;
                r = replay_file(dirfd(directory), entry->d_name);
                count++;
        }
        closedir(directory);
        return r < 0 ? r : count;
}

int main(int argc, char **argv)
{
        for (int i = 1; i < argc; i++) {
                int count = replay_directory(argv[i]);
                printf("%s: %d\n", argv[i], count);
                if (count <= 0)
                        return EXIT_FAILURE;
        }
        return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
