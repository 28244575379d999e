/* A file system with the disks one meets in bad dreams, for the tests:
 *   slow_fs MOUNTPOINT
 * quick      1 MiB that answers at once
 * slow       4 MiB; every read takes READ_DELAY_MS; so is slow2
 * broken     4 MiB; reads from 1 MiB on fail with EIO
 * late       4 KiB; looking at it takes LOOKUP_DELAY_MS
 * fickle     8 MiB; after SIGUSR1 reads fail with EIO, after SIGUSR2 they wait, until SIGCONT
 * lost       4 KiB; after SIGUSR2 looking at it waits, until SIGCONT
 * sticky     1 MiB; after SIGUSR2 closing it waits, until SIGCONT
 * current    a symbolic link to quick; after SIGUSR2 reading it waits, until SIGCONT
 * maze       a folder; after SIGUSR2 reading it waits, until SIGCONT
 * Byte i of each is i % 251. Of files only quick is listed. Runs in the foreground until it is
 * unmounted. */
#define FUSE_USE_VERSION 31

#include <errno.h>
#include <fuse.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_DELAY_MS 300
#define LOOKUP_DELAY_MS 1500
#define BROKEN_FROM (1 << 20)

static const struct {
        const char *path;
        off_t size;
} files[] = {
        {"/quick", 1 << 20}, {"/slow", 4 << 20},   {"/slow2", 4 << 20}, {"/broken", 4 << 20},
        {"/late", 4096},     {"/fickle", 8 << 20}, {"/lost", 4096},     {"/sticky", 1 << 20},
};

/* SIGCONT: all is well. */
static volatile sig_atomic_t mood = SIGCONT;

static void take_mood(int number)
{
        mood = number;
}

static off_t size_of(const char *path)
{
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                if (strcmp(path, files[i].path) == 0)
                        return files[i].size;
        return -1;
}

static int get_attributes(const char *path, struct stat *status, struct fuse_file_info *info)
{
        (void)info;
        memset(status, 0, sizeof(*status));
        if (strcmp(path, "/") == 0 || strcmp(path, "/maze") == 0) {
                status->st_mode = S_IFDIR | 0755;
                status->st_nlink = 2;
                return 0;
        }
        if (strcmp(path, "/current") == 0) {
                status->st_mode = S_IFLNK | 0777;
                status->st_nlink = 1;
                return 0;
        }
        if (strcmp(path, "/late") == 0)
                (void)usleep(LOOKUP_DELAY_MS * 1000);
        while (strcmp(path, "/lost") == 0 && mood == SIGUSR2)
                (void)usleep(10000);
        off_t size = size_of(path);
        if (size < 0)
                return -ENOENT;
        status->st_mode = S_IFREG | 0644;
        status->st_nlink = 1;
        status->st_size = size;
        status->st_mtim.tv_sec = 1000000000;
        status->st_ctim.tv_sec = 1000000000;
        return 0;
}

static int read_link(const char *path, char *target, size_t size)
{
        (void)path;
        while (mood == SIGUSR2)
                (void)usleep(10000);
        (void)snprintf(target, size, "quick");
        return 0;
}

static int open_file(const char *path, struct fuse_file_info *info)
{
        info->keep_cache = 1;
        return size_of(path) < 0 ? -ENOENT : 0;
}

static int read_file(const char *path, char *buffer, size_t length, off_t offset,
                     struct fuse_file_info *info)
{
        (void)info;
        off_t size = size_of(path);
        if (strncmp(path, "/slow", 5) == 0)
                (void)usleep(READ_DELAY_MS * 1000);
        while (strcmp(path, "/fickle") == 0 && mood == SIGUSR2)
                (void)usleep(10000);
        if (strcmp(path, "/fickle") == 0 && mood == SIGUSR1)
                return -EIO;
        if (strcmp(path, "/broken") == 0 && offset + (off_t)length > BROKEN_FROM)
                return -EIO;
        if (offset >= size)
                return 0;
        if (offset + (off_t)length > size)
                length = (size_t)(size - offset);
        for (size_t i = 0; i < length; i++)
                buffer[i] = (char)((offset + (off_t)i) % 251);
        return (int)length;
}

static int read_folder(const char *path, void *entries, fuse_fill_dir_t fill, off_t offset,
                       struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
        (void)offset;
        (void)info;
        (void)flags;
        while (strcmp(path, "/maze") == 0 && mood == SIGUSR2)
                (void)usleep(10000);
        (void)fill(entries, strcmp(path, "/") == 0 ? "quick" : "minotaur", NULL, 0, 0);
        return 0;
}

/* Asked at each close(2), which waits for the answer. */
static int flush_file(const char *path, struct fuse_file_info *info)
{
        (void)info;
        while (strcmp(path, "/sticky") == 0 && mood == SIGUSR2)
                (void)usleep(10000);
        return 0;
}

static const struct fuse_operations operations = {
        .getattr = get_attributes,
        .readlink = read_link,
        .open = open_file,
        .read = read_file,
        .readdir = read_folder,
        .flush = flush_file,
};

int main(int argc, char *argv[])
{
        char foreground[] = "-f", threads[] = "-omax_idle_threads=16";
        /* Names are known for longer than what they are names of. */
        char timeouts[] = "-oattr_timeout=0.1,entry_timeout=10,negative_timeout=0.2";
        if (argc != 2)
                return 2;
        char *arguments[] = {argv[0], foreground, threads, timeouts, argv[1], NULL};
        (void)signal(SIGUSR1, take_mood);
        (void)signal(SIGUSR2, take_mood);
        (void)signal(SIGCONT, take_mood);
        return fuse_main(5, arguments, &operations, NULL);
}
