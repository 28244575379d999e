/* What SLUICE_ASK_DISK asks, and what it makes of the answers. The kernel's
 * answers are replaced where the test says so. Each test in a process of its
 * own: what is learnt about a mount stays for the process. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka.h needs four of those, and before it. */
#include <cmocka.h>

#include "context.h"
#include "pattern.h"
#include "receiver.h"
#include "sluice.h"
#include "wire.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)

enum reply {
        REPLY_TRUE,
        REPLY_REFUSED, /* the kernel or the file system does not know the question */
        REPLY_NOTHING, /* nothing is there */
        REPLY_ALL, /* all is there */
};

static enum reply cachestat_reply, nowait_reply;

long __real_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, uint64_t *range, uint64_t *found, long d);
long __wrap_syscall(long number, long a, uint64_t *range, uint64_t *found, long d)
{
        switch (cachestat_reply) {
        case REPLY_TRUE:
                return __real_syscall(number, a, (long)range, (long)found, d);
        case REPLY_REFUSED:
                errno = ENOSYS;
                return -1;
        default:
                found[0] = cachestat_reply == REPLY_ALL ? (range[1] + 4095) / 4096 : 0;
                return 0;
        }
}

ssize_t __real_preadv64v2(int fd, const struct iovec *parts, int count, off_t offset, int flags);
ssize_t __wrap_preadv64v2(int fd, const struct iovec *parts, int count, off_t offset, int flags);
ssize_t __wrap_preadv64v2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
        if (nowait_reply == REPLY_ALL)
                return 1;
        if (nowait_reply == REPLY_TRUE)
                return __real_preadv64v2(fd, parts, count, offset, flags);
        errno = nowait_reply == REPLY_NOTHING ? EAGAIN : EOPNOTSUPP;
        return -1;
}

static int file_of(uint64_t size)
{
        int fd = pattern_file(size);
        check(fsync(fd) == 0, "fsync");
        return fd;
}

/* All behind from, the kernel's own read-ahead included, which takes its time. */
static void evict_from(int fd, uint64_t from)
{
        for (int tries = 0; tries < 2000; tries++) {
                uint64_t range[2] = {from, 0}, found[5] = {0};
                check(posix_fadvise(fd, (off_t)from, 0, POSIX_FADV_DONTNEED) == 0, "fadvise");
                long r = __real_syscall(451, fd, (long)range, (long)found, 0);
                if (r < 0 || found[0] == 0)
                        return;
                usleep(1000);
        }
        check(false, "does not leave memory");
}

/* What is to be hot is kept so: a kernel that watches accesses to reclaim memory may take what has
 * not been touched for a second. Until it is evicted, or the process ends. */
static void *kept;
static size_t kept_length;

static void keep(int fd, uint64_t length)
{
        kept = mmap(NULL, (size_t)length, PROT_READ, MAP_SHARED, fd, 0);
        kept_length = (size_t)length;
        check(kept != MAP_FAILED, "mmap");
        /* As far as RLIMIT_MEMLOCK goes. */
        (void)mlock(kept, kept_length);
}

static int hot_file_of(uint64_t size)
{
        int fd = file_of(size);
        keep(fd, size);
        return fd;
}

static void evict(int fd)
{
        if (kept)
                check(munmap(kept, kept_length) == 0, "munmap");
        kept = NULL;
        evict_from(fd, 0);
}

/* One transfer into a pipe, with what it asked of the disk. */
struct download {
        sluice_transfer *transfer;
        struct wire wire;
        struct receiver receiver;
        int fd;
        uint64_t length;
};

static void start(struct download *download, int fd, uint64_t length, const char *method)
{
        *download = (struct download){.fd = fd, .length = length};
        download->wire = wire_open(WIRE_UNIX, true, 0);
        receiver_start(&download->receiver, RECEIVER_FAST, download->wire.in_fd);
        int r = sluice_open(&download->transfer, download->wire.out_fd, fd, 0, length,
                            sluice_method_find(method), SLUICE_ASK_DISK);
        check(r == 0, "open: %s", strerror(-r));
}

static void finish(struct download *download, uint64_t received)
{
        sluice_close(download->transfer);
        close(download->wire.out_fd);
        receiver_join(&download->receiver);
        check(download->receiver.received == received, "%llu received",
              (unsigned long long)download->receiver.received);
        check(download->receiver.hash == pattern_hash(0, received), "wrong bytes");
        close(download->fd);
}

static unsigned run(struct download *download, bool really_warm, enum sluice_step wanted)
{
        unsigned misses = 0;
        enum sluice_step step;
        while ((step = sluice_step(download->transfer, 0)) == SLUICE_WANT_DISK) {
                uint64_t offset, length;
                sluice_window(download->transfer, &offset, &length);
                check(++misses < 1000, "never resident");
                int r = really_warm ? sluice_warm(download->fd, offset, length) : 0;
                check(r == 0 || r == -ENODATA, "warm: %s", strerror(-r));
        }
        check(step == wanted, "ends with step %d", (int)step);
        return misses;
}

static const char *way_of(int fd)
{
        sluice_facts *facts;
        int pair[2];
        check(pipe(pair) == 0 && sluice_facts_probe(&facts, fd, pair[1]) == 0, "probe");
        const char *name = sluice_residency_name(facts);
        sluice_facts_free(facts);
        close(pair[0]);
        close(pair[1]);
        return name;
}

static uint64_t calls(const struct download *download, const char *name)
{
        const char *found;
        uint64_t count;
        for (size_t i = 0; (found = sluice_calls(download->transfer, i, &count)); i++)
                if (strcmp(found, name) == 0)
                        return count;
        return 0;
}

static void hot_file_is_never_missing(void)
{
        struct download download;
        start(&download, hot_file_of(20 * MIB), 20 * MIB, "sendfile");
        check(run(&download, true, SLUICE_DONE) == 0, "a hot file is missing");
        check(calls(&download, "preadv2") == 2, "the second question more than once");
        check(calls(&download, "cachestat") == 3, "not one question a window");
        check(!sluice_may_wait_for_disk(download.transfer), "may wait");
        check(strcmp(way_of(download.fd), "cachestat") == 0, "%s", way_of(download.fd));
        finish(&download, 20 * MIB);
}

/* Small first, then doubling; the read-ahead would follow behind each. */
static void windows_of_a_cold_file_grow(void)
{
        struct download download;
        int fd = file_of(40 * MIB);
        evict(fd);
        start(&download, fd, 40 * MIB, "sendfile");
        uint64_t expected = 512 * KIB;
        unsigned misses = 0;
        enum sluice_step step;
        while ((step = sluice_step(download.transfer, 0)) == SLUICE_WANT_DISK) {
                uint64_t offset, length;
                sluice_window(download.transfer, &offset, &length);
                check(length == expected || length == 40 * MIB - offset, "a window of %llu",
                      (unsigned long long)length);
                uint64_t ahead = sluice_window_ahead(download.transfer);
                uint64_t left = 40 * MIB - offset - length;
                check(ahead == (length * 2 < 8 * MIB ? length * 2 : 8 * MIB) || ahead == left,
                      "%llu ahead of %llu left", (unsigned long long)ahead,
                      (unsigned long long)left);
                expected = expected * 2 < 8 * MIB ? expected * 2 : 8 * MIB;
                check(sluice_warm(fd, offset, length) == 0, "warm");
                evict_from(fd, offset + length);
                misses++;
        }
        check(step == SLUICE_DONE && misses >= 8, "step %d, %u misses", (int)step, misses);
        finish(&download, 40 * MIB);
}

static void first_part_is_sent_when_it_is_there(void)
{
        struct download download;
        int fd = file_of(20 * MIB);
        evict(fd);
        check(sluice_warm(fd, 0, 700 * KIB) == 0, "warm");
        evict_from(fd, 700 * KIB);
        start(&download, fd, 20 * MIB, "sendfile");
        check(sluice_step(download.transfer, 0) == SLUICE_WANT_DISK, "is not cold");
        uint64_t sent = sluice_sent(download.transfer);
        check(sent >= 512 * KIB && sent < 2 * MIB, "%llu sent", (unsigned long long)sent);
        check(run(&download, true, SLUICE_DONE) > 0, "is not cold");
        finish(&download, 20 * MIB);
}

static void ahead_is_read_without_asking(void)
{
        struct download download;
        int fd = file_of(4 * MIB);
        evict(fd);
        check(sluice_warm_ahead(fd, 0, 512 * KIB, 4 * MIB) == 0, "warm");
        /* It takes as long as the disk takes; the last byte comes last. */
        struct iovec part = {.iov_base = &(char){0}, .iov_len = 1};
        uint64_t range[2] = {0, 4 * MIB}, found[5] = {0};
        for (int tries = 0; tries < 1000 && found[0] < 4 * MIB / 4096; tries++) {
                usleep(10000);
                check(__real_syscall(451, fd, (long)range, (long)found, 0) == 0, "cachestat");
        }
        while (__real_preadv64v2(fd, &part, 1, 4 * MIB - 1, RWF_NOWAIT) != 1)
                usleep(10000);
        usleep(100000);
        start(&download, fd, 4 * MIB, "sendfile");
        check(run(&download, true, SLUICE_DONE) == 0, "was not read ahead");
        finish(&download, 4 * MIB);
}

static void pages_still_being_read_are_missing(void)
{
        struct download download;
        start(&download, hot_file_of(MIB), MIB, "sendfile");
        nowait_reply = REPLY_NOTHING;
        cachestat_reply = REPLY_ALL;
        check(sluice_step(download.transfer, 0) == SLUICE_WANT_DISK, "takes what is not there");
        nowait_reply = REPLY_TRUE;
        check(run(&download, false, SLUICE_DONE) == 0, "still missing");
        finish(&download, MIB);
}

/* A slow reader: what was there a second ago is asked about again. */
static void what_was_there_is_not_believed_for_ever(void)
{
        struct download download;
        int fd = hot_file_of(20 * MIB);
        start(&download, fd, 20 * MIB, "sendfile");
        check(sluice_step(download.transfer, MIB) == SLUICE_MORE, "a hot file is missing");
        evict(fd);
        usleep(1100000);
        check(sluice_step(download.transfer, MIB) == SLUICE_WANT_DISK, "believes what it knew");
        check(run(&download, true, SLUICE_DONE) > 0, "is not cold");
        finish(&download, 20 * MIB);
}

/* Another transfer's read-ahead is ahead of this one. */
static void pages_another_one_warms_are_missing(void)
{
        struct download download;
        int other = file_of(MIB);
        start(&download, hot_file_of(20 * MIB), 20 * MIB, "sendfile");
        check(sluice_step(download.transfer, MIB) == SLUICE_MORE, "a hot file is missing");
        check(sluice_warm(other, 0, MIB) == 0, "warm");
        close(other);
        nowait_reply = REPLY_NOTHING;
        check(sluice_step(download.transfer, 0) == SLUICE_WANT_DISK, "takes what is not there");
        check(sluice_sent(download.transfer) == 8 * MIB, "not the first window");
        nowait_reply = REPLY_TRUE;
        check(run(&download, false, SLUICE_DONE) == 0, "still missing");
        finish(&download, 20 * MIB);
}

static void cachestat_that_lies_is_not_believed(void)
{
        struct download download;
        cachestat_reply = REPLY_NOTHING;
        start(&download, hot_file_of(20 * MIB), 20 * MIB, "sendfile");
        /* Nothing tells at first: to ask for a byte would be to read it. */
        check(run(&download, false, SLUICE_DONE) == 1, "not found out at once");
        finish(&download, 20 * MIB);

        /* The file is hot by the wrapper's word, not by what a busy kernel kept of it. */
        nowait_reply = REPLY_ALL;
        start(&download, file_of(20 * MIB), 20 * MIB, "sendfile");
        check(run(&download, false, SLUICE_DONE) == 0, "a hot file is missing");
        check(strcmp(way_of(download.fd), "nowait") == 0, "%s", way_of(download.fd));
        finish(&download, 20 * MIB);
}

static void without_cachestat(void)
{
        struct download download;
        int fd = file_of(3 * MIB);
        cachestat_reply = REPLY_REFUSED;
        check(strcmp(way_of(fd), "nowait") == 0, "%s", way_of(fd));
        evict(fd);
        start(&download, fd, 3 * MIB, "sendfile");
        check(run(&download, true, SLUICE_DONE) > 0, "a cold file is not missing");
        check(!sluice_may_wait_for_disk(download.transfer), "may wait");
        finish(&download, 3 * MIB);
}

static void without_nowait(void)
{
        struct download download;
        int fd = file_of(3 * MIB);
        nowait_reply = REPLY_REFUSED;
        check(strcmp(way_of(fd), "cachestat") == 0, "%s", way_of(fd));
        evict(fd);
        start(&download, fd, 3 * MIB, "sendfile");
        check(run(&download, true, SLUICE_DONE) > 0, "a cold file is not missing");
        finish(&download, 3 * MIB);
}

static void without_either_it_is_unknown(void)
{
        struct download download;
        int fd = file_of(3 * MIB);
        nowait_reply = cachestat_reply = REPLY_REFUSED;
        check(strcmp(way_of(fd), "unknown") == 0, "%s", way_of(fd));
        evict(fd);
        start(&download, fd, 3 * MIB, "sendfile");
        check(sluice_may_wait_for_disk(download.transfer), "would not wait");
        check(run(&download, true, SLUICE_DONE) == 0, "asks for the disk");
        finish(&download, 3 * MIB);
}

static void what_never_stays_is_sent_in_the_end(void)
{
        struct download download;
        nowait_reply = REPLY_NOTHING;
        start(&download, file_of(3 * MIB), 3 * MIB, "sendfile");
        check(!sluice_may_wait_for_disk(download.transfer), "may wait");
        check(run(&download, true, SLUICE_DONE) == 3, "not three misses");
        check(sluice_may_wait_for_disk(download.transfer), "would not wait");
        finish(&download, 3 * MIB);
}

static void behind_the_end_of_a_cold_file(void)
{
        struct download download;
        int fd = file_of(3 * MIB + 5);
        evict(fd);
        start(&download, fd, 9 * MIB, "sendfile");
        check(run(&download, true, SLUICE_SOURCE_SHORT) > 0, "a cold file is not missing");
        finish(&download, 3 * MIB + 5);
}

static void direct_reads_past_the_page_cache(void)
{
        struct download download;
        int fd = file_of(3 * MIB);
        evict(fd);
        start(&download, fd, 3 * MIB, "direct");
        check(sluice_may_wait_for_disk(download.transfer), "would not wait");
        check(run(&download, true, SLUICE_DONE) == 0, "asks for the disk");
        finish(&download, 3 * MIB);
}

/* One range of a source, sent and forgotten: how many calls it made in all. */
static uint64_t send_range(sluice_source *source, uint64_t offset, uint64_t length,
                           unsigned *ret_misses)
{
        struct download download = {.wire = wire_open(WIRE_UNIX, true, 0), .fd = dup(0)};
        receiver_start(&download.receiver, RECEIVER_FAST, download.wire.in_fd);
        int r = sluice_open_source(&download.transfer, download.wire.out_fd, source, offset, length,
                                   sluice_method_find("sendfile"),
                                   SLUICE_ASK_DISK | SLUICE_TO_SOCKET);
        check(r == 0, "open: %s", strerror(-r));
        enum sluice_step step;
        *ret_misses = 0;
        while ((step = sluice_step(download.transfer, 0)) == SLUICE_WANT_DISK && *ret_misses < 1)
                ++*ret_misses;
        check(*ret_misses || step == SLUICE_DONE, "ends with step %d", (int)step);
        uint64_t count = sluice_count(download.transfer, SLUICE_SYSTEM_CALLS);
        sluice_close(download.transfer);
        close(download.wire.out_fd);
        receiver_join(&download.receiver);
        check(*ret_misses || download.receiver.hash == pattern_hash(offset, length), "wrong bytes");
        close(download.fd);
        return count;
}

static void a_source_asks_once_a_block(void)
{
        int fd = hot_file_of(20 * MIB);
        sluice_source *source;
        unsigned misses;

        check(sluice_source_open(&source, fd) == 0, "source");
        check(send_range(source, 3 * MIB, 4096, &misses) > 1 && !misses, "it did not ask");
        check(send_range(source, 5 * MIB, 4096, &misses) == 1 && !misses, "it asked again");
        check(send_range(source, 9 * MIB, 4096, &misses) > 1 && !misses, "another block");

        /* Not believed for long. */
        evict(fd);
        usleep(1100000);
        check(send_range(source, 5 * MIB, 4096, &misses) >= 1 && misses == 1, "sent from a disk");
        sluice_source_close(source);
        close(fd);

        check(sluice_source_open(&source, open("/dev/null", O_RDONLY)) == -EINVAL, "a device");
        check(sluice_source_open(&source, -1) == -EBADF, "no descriptor");
}

/* Readers of a file that is mostly in memory ask no more often than those of one that is. */
static void a_source_remembers_what_was_found_of_a_block(void)
{
        int fd = file_of(8 * MIB);
        sluice_source *source;
        unsigned misses;

        evict_from(fd, 7 * MIB);
        keep(fd, 7 * MIB);
        check(sluice_source_open(&source, fd) == 0, "source");
        check(send_range(source, 3 * MIB, MIB, &misses) > 1 && !misses, "it did not ask");
        check(send_range(source, 3 * MIB + 5000, 4096, &misses) == 1 && !misses, "asked again");
        check(send_range(source, 4 * MIB, 4096, &misses) > 1 && !misses, "did not ask behind it");
        check(send_range(source, 4 * MIB, 4096, &misses) == 1 && !misses, "asked again behind it");
        check(send_range(source, 3 * MIB, 4096, &misses) == 1 && !misses, "forgot the first");
        check(send_range(source, 2 * MIB, 4096, &misses) > 1 && !misses, "did not ask before it");
        check(send_range(source, 7 * MIB, 4096, &misses) >= 1 && misses == 1, "sent from a disk");
        sluice_source_close(source);
        close(fd);
}

/* The last block ends with the file, however short that is. */
static void a_source_asks_once_for_a_short_file(void)
{
        static const uint64_t sizes[] = {65536, 1, 5000, 2 * MIB, 2 * MIB + 70000};
        unsigned misses;

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                int fd = hot_file_of(sizes[i]);
                uint64_t offset = sizes[i] > 2 * MIB ? 2 * MIB : 0, length = sizes[i] - offset;
                sluice_source *source;
                check(sluice_source_open(&source, fd) == 0, "source");
                check(send_range(source, offset, length, &misses) > 1 && !misses, "did not ask");
                check(send_range(source, offset, length, &misses) == 1 && !misses, "asked again");
                /* What it has grown by since is asked about. */
                check(ftruncate(fd, (off_t)sizes[i] + 4096) == 0, "grow");
                check(send_range(source, offset, length, &misses) == 1 && !misses, "asked again");
                sluice_source_close(source);
                close(fd);
        }
}

static const struct {
        const char *name;
        void (*run)(void);
} cases[] = {
#define CASE(function)              \
        {                           \
#function, function \
        }
        CASE(hot_file_is_never_missing),
        CASE(windows_of_a_cold_file_grow),
        CASE(first_part_is_sent_when_it_is_there),
        CASE(ahead_is_read_without_asking),
        CASE(pages_still_being_read_are_missing),
        CASE(what_was_there_is_not_believed_for_ever),
        CASE(pages_another_one_warms_are_missing),
        CASE(cachestat_that_lies_is_not_believed),
        CASE(without_cachestat),
        CASE(without_nowait),
        CASE(without_either_it_is_unknown),
        CASE(what_never_stays_is_sent_in_the_end),
        CASE(behind_the_end_of_a_cold_file),
        CASE(direct_reads_past_the_page_cache),
        CASE(a_source_asks_once_a_block),
        CASE(a_source_remembers_what_was_found_of_a_block),
        CASE(a_source_asks_once_for_a_short_file),
};

static void in_a_child(void **state)
{
        size_t index = (size_t)(uintptr_t)*state;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                context_in_child();
                context_set("%s", cases[index].name);
                signal(SIGPIPE, SIG_IGN);
                cases[index].run();
                _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
}

int main(void)
{
        enum { COUNT = sizeof(cases) / sizeof(cases[0]) };
        struct CMUnitTest tests[COUNT];

        int fd = file_of(4096);
        struct iovec part = {.iov_base = &(char){0}, .iov_len = 1};
        evict(fd);
        if (__real_preadv64v2(fd, &part, 1, 0, RWF_NOWAIT) == 1) {
                puts("SKIPPED: files here cannot be evicted from memory (tmpfs?)");
                return 77;
        }
        close(fd);
        for (size_t i = 0; i < COUNT; i++)
                tests[i] = (struct CMUnitTest){.name = cases[i].name,
                                               .test_func = in_a_child,
                                               .initial_state = (void *)(uintptr_t)i};
        return _cmocka_run_group_tests("residency", tests, COUNT, NULL, NULL);
}
