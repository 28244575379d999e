#include "resources.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "context.h"
#include "sluice.h"
#include "transfer/pipe_pool.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNT_MAPS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNT_MAPS 0
#endif
#endif
#ifndef COUNT_MAPS
#define COUNT_MAPS 1
#endif

static void count_fds(struct resources *found)
{
        DIR *directory = opendir("/proc/self/fd");
        check(directory != NULL, "/proc/self/fd");
        for (struct dirent *entry; (entry = readdir(directory));) {
                if (entry->d_name[0] == '.')
                        continue;
                char target[64] = "";
                (void)!readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);
                found->fds++;
                found->pipes += strncmp(target, "pipe:", 5) == 0;
        }
        closedir(directory);
        found->fds--; /* the directory itself */
}

static size_t count_maps(void)
{
        /* No stdio: its buffer would be part of what is counted. */
        static char text[64 << 10];
        size_t lines = 0;
        int fd = open("/proc/self/maps", O_RDONLY);
        check(fd >= 0, "/proc/self/maps");
        for (ssize_t n; (n = read(fd, text, sizeof(text))) > 0;)
                for (ssize_t i = 0; i < n; i++)
                        lines += text[i] == '\n';
        close(fd);
        return lines;
}

static size_t count_calls(const char *name)
{
        const char *found;
        uint64_t count;
        for (size_t i = 0; (found = sluice_process_calls(i, &count)); i++)
                if (strcmp(found, name) == 0)
                        return (size_t)count;
        return 0;
}

struct resources resources_count(void)
{
        struct resources found = {0};
        pipe_pool_clear();
        count_fds(&found);
        found.maps = COUNT_MAPS ? count_maps() : 0;
        found.mappings = count_calls("mmap") - count_calls("munmap");
        return found;
}

void resources_check(struct resources before, struct resources after)
{
        check(before.fds == after.fds, "%zu fds before, %zu after", before.fds, after.fds);
        check(before.pipes == after.pipes, "%zu pipe ends before, %zu after", before.pipes,
              after.pipes);
        check(before.maps == after.maps, "%zu maps before, %zu after", before.maps, after.maps);
}
