/* The file changes while it is being sent. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "context.h"
#include "drive.h"
#include "each_method.h"
#include "pattern.h"

#define MIB ((uint64_t)1 << 20)
#define LENGTH (8 * MIB + 77)

struct changing_file {
        int fd;
        uint64_t size; /* for truncated and grown: the new one */
        char path[32];
};

static struct changing_file make(void)
{
        struct changing_file file = {.path = "methods-XXXXXX"};
        file.fd = pattern_named_file(file.path, LENGTH);
        return file;
}

static void done(struct changing_file *file)
{
        close(file->fd);
        unlink(file->path);
}

static void resize(void *argument)
{
        struct changing_file *file = argument;
        check(ftruncate(file->fd, (off_t)file->size) == 0, "ftruncate");
}

static void replace(void *argument)
{
        struct changing_file *file = argument;
        char other[] = "methods-XXXXXX";
        int fd = mkostemp(other, 0);
        check(fd >= 0 && write(fd, "other", 5) == 5, "the other file");
        close(fd);
        check(rename(other, file->path) == 0, "rename");
}

static void remove_name(void *argument)
{
        struct changing_file *file = argument;
        check(unlink(file->path) == 0, "unlink");
}

/* The event happens when a quarter has been sent; at most 3 MiB more may be on
 * their way in buffers. */
static bool send_changing(const sluice_method *method, enum wire_kind wire,
                          struct changing_file *file, void (*event)(void *), uint64_t hash_until,
                          struct drive *ret_drive, struct outcome *ret_outcome)
{
        *ret_drive = (struct drive){.method = method,
                                    .wire = wire,
                                    .file_fd = file->fd,
                                    .length = LENGTH,
                                    .budget = 100000,
                                    .hash_until = hash_until,
                                    .midway = event,
                                    .argument = file,
                                    .midway_at = LENGTH / 4};
        return drive_supported(ret_drive, ret_outcome);
}

static void completes_under(const sluice_method *method, void (*event)(void *), uint64_t size)
{
        for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++) {
                struct changing_file file = make();
                struct drive asked;
                struct outcome outcome;
                file.size = size;
                if (send_changing(method, wire, &file, event, 0, &asked, &outcome))
                        outcome_check_complete(&asked, &outcome);
                done(&file);
        }
}

static void grown(const sluice_method *method)
{
        completes_under(method, resize, LENGTH + 3 * MIB);
}

static void replaced_by_rename(const sluice_method *method)
{
        completes_under(method, replace, 0);
}

static void unlinked(const sluice_method *method)
{
        completes_under(method, remove_name, 0);
}

/* Cut in the middle of a page that is still to be sent, or behind all that was
 * sent already: short in both cases, and what is left of the file is right. */
static void cut(const sluice_method *method, uint64_t size)
{
        for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++) {
                struct changing_file file = make();
                struct drive asked;
                struct outcome outcome;
                file.size = size;
                if (send_changing(method, wire, &file, resize, size, &asked, &outcome)) {
                        check(outcome.last == SLUICE_SOURCE_SHORT, "ends with step %d, error %d",
                              (int)outcome.last, outcome.error);
                        check(outcome.received == outcome.sent, "%llu sent, %llu received",
                              (unsigned long long)outcome.sent,
                              (unsigned long long)outcome.received);
                        check(outcome.received >= size, "%llu received of %llu left",
                              (unsigned long long)outcome.received, (unsigned long long)size);
                        check(outcome.hash == pattern_hash(0, size), "wrong bytes");
                }
                done(&file);
        }
}

static void truncated(const sluice_method *method)
{
        cut(method, 6 * MIB + 1234);
}

static void truncated_behind_what_was_sent(const sluice_method *method)
{
        cut(method, MIB + 1);
}

static void beyond_the_end(const sluice_method *method)
{
        static const struct {
                uint64_t offset, length, left;
        } ranges[] = {
                {0, LENGTH + 1, LENGTH},
                {LENGTH - 1000, 5 * MIB, 1000},
                {LENGTH, 1, 0},
                {LENGTH + 100000, 10, 0},
        };
        int fd = pattern_file(LENGTH);
        for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
                for (enum wire_kind wire = 0; wire < WIRE_KINDS; wire++) {
                        struct drive asked = {.method = method,
                                              .wire = wire,
                                              .file_fd = fd,
                                              .offset = ranges[i].offset,
                                              .length = ranges[i].length};
                        struct outcome outcome;
                        if (!drive_supported(&asked, &outcome))
                                continue;
                        check(outcome.last == SLUICE_SOURCE_SHORT, "ends with step %d, error %d",
                              (int)outcome.last, outcome.error);
                        check(outcome.received == ranges[i].left, "%llu received",
                              (unsigned long long)outcome.received);
                        check(outcome.hash == pattern_hash(ranges[i].offset, ranges[i].left),
                              "wrong bytes");
                }
        }
        close(fd);
}

int main(int argc, char **argv)
{
        (void)argc;
        static const struct method_test tests[] = {
                METHOD_TEST(grown),
                METHOD_TEST(replaced_by_rename),
                METHOD_TEST(unlinked),
                METHOD_TEST(truncated),
                METHOD_TEST(truncated_behind_what_was_sent),
                METHOD_TEST(beyond_the_end),
        };
        return each_method("file events", tests, sizeof(tests) / sizeof(tests[0]), argv + 1);
}
