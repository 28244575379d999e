#include "files/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fd.h"
#include "files/local.h"

int directory_look(int fd, struct directory_state *ret_state)
{
        struct stat status;
        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISDIR(status.st_mode))
                return -ENOTDIR;
        *ret_state = (struct directory_state){status.st_dev, status.st_ino, status.st_mtim,
                                              status.st_ctim};
        return 0;
}

static bool same_time(struct timespec a, struct timespec b)
{
        return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool directory_state_is_same(const struct directory_state *a, const struct directory_state *b)
{
        return a->device == b->device && a->inode == b->inode &&
               same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

static uint64_t time_ns(struct timespec time)
{
        return time.tv_sec < 0 ? 0 : (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

uint64_t directory_state_changed_ns(const struct directory_state *state)
{
        uint64_t modified = time_ns(state->modified), changed = time_ns(state->changed);
        return modified > changed ? modified : changed;
}

static void close_stream(DIR **stream)
{
        if (*stream)
                (void)closedir(*stream);
}

/* A directory that is read. */
struct reading {
        DIR *stream;
        bool local; /* local_is_all_there() */
        const struct root *root;
        const char *path;
        const struct directory_reach *reach;
        uint64_t beyond; /* where a symbolic link leads farther than that; 0: none has */
};

void directory_reach_add(struct directory_reach *reach, uint64_t device)
{
        if (reach->count == DIRECTORY_REACH_MAX)
                reach->anywhere = true;
        else
                reach->devices[reach->count++] = device;
}

static bool reaches(const struct directory_reach *reach, uint64_t device)
{
        size_t i = 0;
        while (i < reach->count && reach->devices[i] != device)
                i++;
        return i < reach->count;
}

/* Opens what the path leads to: 0, or an error of root_open_path(). */
static int open_within_reach(struct reading *reading, const char *path, int *ret_fd)
{
        int r = root_open_path(reading->root, path, reading->reach->anywhere ? 0 : ROOT_LOCAL,
                               ret_fd);
        if (r != -EREMOTE || reading->reach->anywhere)
                return r;
        uint64_t device = root_device_beyond(reading->root, span_of(path));
        /* Out of the root asks nobody, nor does another mount of the root's own file system. */
        if (device == ROOT_NOT_BEYOND || reaches(reading->reach, device))
                return root_open_path(reading->root, path, 0, ret_fd);
        reading->beyond = device;
        return r;
}

/* What a symlink leads to, when that lies beneath the root. */
static int status_through_link(struct reading *reading, const char *name, struct stat *ret)
{
        const char *path = reading->path;
        char joined[PATH_MAX];
        cleanup_fd int fd = -1;

        int length = snprintf(joined, sizeof(joined), "%s%s%s", path, path[0] ? "/" : "", name);
        if (length < 0 || (size_t)length >= sizeof(joined))
                return -ENAMETOOLONG;
        int r = open_within_reach(reading, joined, &fd);
        if (r < 0)
                return r;
        return fstat(fd, ret) < 0 ? -errno : 0;
}

/* Whether the entry may be shown; fills it then (the name is the caller's). In a local directory
 * only what is mounted on an entry could make this wait, for ever too: NFS and FUSE give it as
 * memory has it then, and nothing is mounted for it. */
static bool look_at(struct reading *reading, const char *name, struct directory_entry *entry)
{
        const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
                          (reading->local ? AT_STATX_DONT_SYNC : AT_STATX_SYNC_AS_STAT);
        struct statx found;
        struct stat behind;

        if (name[0] == '.')
                return false;
        if (statx(dirfd(reading->stream), name, flags, STATX_TYPE | STATX_SIZE | STATX_MTIME,
                  &found) < 0)
                return false;
        mode_t mode = found.stx_mode;
        entry->size = found.stx_size;
        entry->modified = found.stx_mtime.tv_sec;
        /* Nobody has asked FUSE for its root yet. */
        entry->undated = reading->local && found.stx_attributes & STATX_ATTR_MOUNT_ROOT &&
                         entry->modified == 0;
        if (S_ISLNK(mode)) {
                if (status_through_link(reading, name, &behind) < 0)
                        return false;
                mode = behind.st_mode;
                entry->size = (uint64_t)behind.st_size;
                entry->modified = behind.st_mtim.tv_sec;
        }
        if (!S_ISDIR(mode) && !S_ISREG(mode))
                return false;

        entry->is_directory = S_ISDIR(mode);
        if (entry->is_directory)
                entry->size = 0;
        return true;
}

static int append(struct directory *directory, size_t *capacity, struct directory_entry entry,
                  const char *name)
{
        if (directory->count == *capacity) {
                size_t wanted = *capacity ? 2 * *capacity : 64;
                void *grown = realloc(directory->entries, wanted * sizeof(entry));
                if (!grown)
                        return -ENOMEM;
                directory->entries = grown;
                *capacity = wanted;
        }
        entry.name = strdup(name);
        if (!entry.name)
                return -ENOMEM;
        directory->entries[directory->count++] = entry;
        return 0;
}

static int folded(char byte)
{
        return byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : (unsigned char)byte;
}

static bool is_digit(char byte)
{
        return byte >= '0' && byte <= '9';
}

/* Moves both behind the number that stands there. */
static int compare_digits(const char **a, const char **b)
{
        while (**a == '0')
                ++*a;
        while (**b == '0')
                ++*b;
        const char *a_end = *a, *b_end = *b;
        while (is_digit(*a_end))
                a_end++;
        while (is_digit(*b_end))
                b_end++;
        ptrdiff_t more = (a_end - *a) - (b_end - *b);
        int order = more ? (more > 0 ? 1 : -1) : memcmp(*a, *b, (size_t)(a_end - *a));
        *a = a_end;
        *b = b_end;
        return order;
}

/* As people count: f2 before f10; and without regard to ASCII's case. */
static int compare_names(const char *a, const char *b)
{
        const char *const whole_a = a, *const whole_b = b;
        while (*a && *b) {
                int order;
                if (is_digit(*a) && is_digit(*b))
                        order = compare_digits(&a, &b);
                else
                        order = folded(*a++) - folded(*b++);
                if (order)
                        return order;
        }
        if (*a || *b)
                return *a ? 1 : -1;
        return strcmp(whole_a, whole_b);
}

static int compare(const void *left, const void *right)
{
        const struct directory_entry *a = left, *b = right;
        if (a->is_directory != b->is_directory)
                return a->is_directory ? -1 : 1;
        return compare_names(a->name, b->name);
}

static int read_entries(struct directory *directory, struct reading *reading)
{
        size_t capacity = 0;
        for (;;) {
                errno = 0;
                const struct dirent *found = readdir(reading->stream);
                if (!found)
                        return -errno;
                struct directory_entry entry;
                if (!look_at(reading, found->d_name, &entry)) {
                        if (reading->beyond)
                                return -EREMOTE;
                        continue;
                }
                if (directory->count == DIRECTORY_ENTRIES_MAX) {
                        directory->truncated = true;
                        return 0;
                }
                int r = append(directory, &capacity, entry, found->d_name);
                if (r < 0)
                        return r;
        }
}

/* For another to begin again. */
static int keep(DIR *stream, int *ret_fd)
{
        cleanup_fd int fd = fcntl(dirfd(stream), F_DUPFD_CLOEXEC, 0);
        if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        *ret_fd = fd_take(&fd);
        return -EREMOTE;
}

int directory_read(struct directory *ret_directory, const struct root *root, const char *path,
                   const struct directory_reach *reach, int *fd)
{
        struct directory directory = {0};
        __attribute__((cleanup(close_stream))) DIR *stream = fdopendir(*fd);
        if (!stream) {
                fd_close(fd);
                return -errno;
        }
        (void)fd_take(fd);

        struct reading reading = {
                .stream = stream,
                .local = local_is_all_there(dirfd(stream)),
                .root = root,
                .path = path,
                .reach = reach,
        };
        int r = read_entries(&directory, &reading);
        if (reading.beyond) {
                r = keep(stream, fd);
                ret_directory->beyond = reading.beyond;
        }
        if (r < 0) {
                directory_done(&directory);
                return r;
        }
        if (directory.count > 1)
                qsort(directory.entries, directory.count, sizeof(directory.entries[0]), compare);
        *ret_directory = directory;
        return 0;
}

static int compare_numbers(int64_t a, int64_t b)
{
        return (a > b) - (a < b);
}

static int compare_sizes(const void *left, const void *right)
{
        const struct directory_entry *a = left, *b = right;
        if (a->is_directory != b->is_directory)
                return compare(left, right);
        int order = compare_numbers((int64_t)a->size, (int64_t)b->size);
        return order ? order : compare(left, right);
}

static int compare_times(const void *left, const void *right)
{
        const struct directory_entry *a = left, *b = right;
        if (a->is_directory != b->is_directory)
                return compare(left, right);
        int order = compare_numbers(a->modified, b->modified);
        return order ? order : compare(left, right);
}

static void reverse(struct directory_entry *entries, size_t count)
{
        for (size_t i = 0; i < count / 2; i++) {
                struct directory_entry entry = entries[i];
                entries[i] = entries[count - 1 - i];
                entries[count - 1 - i] = entry;
        }
}

void directory_sort(const struct directory *directory, enum directory_order order, bool descending)
{
        static int (*const comparisons[])(const void *left, const void *right) = {
                [DIRECTORY_BY_NAME] = compare,
                [DIRECTORY_BY_SIZE] = compare_sizes,
                [DIRECTORY_BY_MODIFIED] = compare_times,
        };
        struct directory_entry *entries = directory->entries;
        size_t folders = 0, count = directory->count;

        if (count < 2)
                return;
        qsort(entries, count, sizeof(entries[0]), comparisons[order]);
        if (!descending)
                return;
        while (folders < count && entries[folders].is_directory)
                folders++;
        reverse(entries, folders);
        reverse(entries + folders, count - folders);
}

void directory_done(struct directory *directory)
{
        for (size_t i = 0; i < directory->count; i++)
                free(directory->entries[i].name);
        free(directory->entries);
        *directory = (struct directory){0};
}
