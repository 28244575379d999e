/* `sluice compress`: prepares the .br, .zst and .gz that `sluice serve` sends to
 * who accepts them. */
#include <errno.h>
#include <fts.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/codings.h"
#include "cli/commands.h"
#include "cli/compress_file.h"
#include "files/media_type.h"

#define THREADS_MAX 64
#define PROGRESS_NS 100000000L
#define BAR_WIDTH 30

struct compress_options {
        const char *path;
        uint64_t threads; /* 0: one a core */
        uint64_t size_min;
        uint64_t saving_percent;
        bool dry_run;
        bool quiet;
};

struct source {
        char *path;
        uint64_t size;
};

struct work {
        const struct compress_options *options;
        struct source *sources;
        size_t count, capacity;
        uint64_t bytes; /* of all sources */
        atomic_size_t next;
        atomic_size_t finished;
        atomic_uint_fast64_t bytes_done;
        pthread_mutex_t lock; /* of what is below, and of the output */
        uint64_t results[COMPRESS_RESULT_COUNT];
        uint64_t bytes_before, bytes_after; /* of what was written */
};

/* ---- Finding ---- */

static bool is_source(const struct compress_options *options, const FTSENT *entry)
{
        uint64_t size = (uint64_t)entry->fts_statp->st_size;
        return size >= options->size_min && size <= COMPRESS_SIZE_MAX &&
               media_type_is_compressible(media_type_of(entry->fts_name));
}

static int add_source(struct work *work, const FTSENT *entry)
{
        if (work->count == work->capacity) {
                size_t capacity = work->capacity ? 2 * work->capacity : 256;
                void *grown = realloc(work->sources, capacity * sizeof(work->sources[0]));
                if (!grown)
                        return -ENOMEM;
                work->sources = grown;
                work->capacity = capacity;
        }
        struct source *source = &work->sources[work->count];
        source->path = strdup(entry->fts_path);
        source->size = (uint64_t)entry->fts_statp->st_size;
        if (!source->path)
                return -ENOMEM;
        work->count++;
        work->bytes += source->size;
        return 0;
}

/* Hidden files and symlinks are left alone: the former are never served, the latter
 * have their file elsewhere. */
static int find_sources(struct work *work)
{
        char *const paths[] = {(char *)work->options->path, NULL};
        FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, NULL);
        int r = tree ? 0 : -errno;
        FTSENT *entry;

        while (r == 0 && (errno = 0, entry = fts_read(tree)) != NULL) {
                bool hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';
                if (hidden && entry->fts_info == FTS_D)
                        (void)fts_set(tree, entry, FTS_SKIP);
                else if (!hidden && entry->fts_info == FTS_F && is_source(work->options, entry))
                        r = add_source(work, entry);
                else if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR)
                        r = entry->fts_level == 0 ? -entry->fts_errno : 0;
        }
        if (tree)
                (void)fts_close(tree);
        return r;
}

/* ---- Working ---- */

static void report(struct work *work, const struct source *source, enum content_coding coding,
                   enum compress_result result, uint64_t size, int error)
{
        char before[NUMBER_TEXT_SIZE], after[NUMBER_TEXT_SIZE];

        (void)pthread_mutex_lock(&work->lock);
        work->results[result]++;
        if (result == COMPRESS_WRITTEN) {
                work->bytes_before += source->size;
                work->bytes_after += size;
        }
        if (result == COMPRESS_FAILED)
                (void)fprintf(stderr, "\rsluice: %s%s: %s\n", source->path, coding_suffix(coding),
                              strerror(-error));
        else if (result == COMPRESS_WRITTEN && work->options->dry_run)
                (void)printf("%s%s: %s would become %s\n", source->path, coding_suffix(coding),
                             number_format_size(source->size, before),
                             number_format_size(size, after));
        (void)pthread_mutex_unlock(&work->lock);
}

static void *thread_main(void *argument)
{
        struct work *work = argument;
        const struct compress_rule rule = {
                .saving_percent = work->options->saving_percent,
                .dry_run = work->options->dry_run,
        };
        size_t i;

        while ((i = atomic_fetch_add(&work->next, 1)) < work->count) {
                const struct source *source = &work->sources[i];
                for (enum content_coding coding = CODING_BROTLI; coding < CODING_COUNT; coding++) {
                        uint64_t size = 0;
                        int error = 0;
                        enum compress_result result =
                                compress_file(source->path, coding, &rule, &size, &error);
                        report(work, source, coding, result, size, error);
                }
                atomic_fetch_add(&work->bytes_done, source->size);
                atomic_fetch_add(&work->finished, 1);
        }
        return NULL;
}

static void show_progress(struct work *work)
{
        static const char full[] = "##############################";
        uint64_t done = atomic_load(&work->bytes_done);
        int width = work->bytes ? (int)(done * BAR_WIDTH / work->bytes) : BAR_WIDTH;

        (void)fprintf(stderr, "\r[%-*.*s] %zu of %zu files ", BAR_WIDTH, width, full,
                      atomic_load(&work->finished), work->count);
}

/* A bar for who looks at a terminal, until all is done. */
static void follow(struct work *work)
{
        const struct timespec pause = {.tv_nsec = PROGRESS_NS};

        if (work->options->quiet || !isatty(STDERR_FILENO))
                return;
        while (atomic_load(&work->finished) < work->count) {
                show_progress(work);
                (void)nanosleep(&pause, NULL);
        }
        show_progress(work);
        (void)fputc('\n', stderr);
}

static size_t thread_count(const struct work *work)
{
        cpu_set_t cores;
        size_t count = work->options->threads;

        if (count == 0 && sched_getaffinity(0, sizeof(cores), &cores) == 0)
                count = (size_t)CPU_COUNT(&cores);
        if (count > work->count)
                count = work->count;
        return count < 1 ? 1 : count > THREADS_MAX ? THREADS_MAX : count;
}

static void do_work(struct work *work)
{
        pthread_t threads[THREADS_MAX];
        size_t wanted = thread_count(work), started = 0;

        while (started < wanted && pthread_create(&threads[started], NULL, thread_main, work) == 0)
                started++;
        if (started == 0)
                (void)thread_main(work);
        follow(work);
        for (size_t i = 0; i < started; i++)
                (void)pthread_join(threads[i], NULL);
}

static void print_summary(const struct work *work)
{
        char before[NUMBER_TEXT_SIZE], after[NUMBER_TEXT_SIZE];

        (void)printf("%ju %s (%s -> %s), %ju up to date, %ju not smaller, %ju failed\n",
                     (uintmax_t)work->results[COMPRESS_WRITTEN],
                     work->options->dry_run ? "to be written" : "written",
                     number_format_size(work->bytes_before, before),
                     number_format_size(work->bytes_after, after),
                     (uintmax_t)work->results[COMPRESS_UP_TO_DATE],
                     (uintmax_t)work->results[COMPRESS_NOT_SMALLER],
                     (uintmax_t)work->results[COMPRESS_FAILED]);
}

static int run(const void *filled)
{
        struct work work = {.options = filled, .lock = PTHREAD_MUTEX_INITIALIZER};
        int r = find_sources(&work);

        if (r < 0) {
                (void)fprintf(stderr, "sluice: cannot read '%s': %s\n", work.options->path,
                              strerror(-r));
        } else {
                if (work.count > 0)
                        do_work(&work);
                if (!work.options->quiet)
                        print_summary(&work);
        }
        for (size_t i = 0; i < work.count; i++)
                free(work.sources[i].path);
        free(work.sources);
        return r < 0 || work.results[COMPRESS_FAILED] > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- Options ---- */

#define FIELD(name) offsetof(struct compress_options, name)

static const struct option_spec options[] = {
        {
                .name = "dry-run",
                .letter = 'n',
                .kind = OPTION_FLAG,
                .help = "Say what would be written, and write nothing",
                .offset = FIELD(dry_run),
        },
        {
                .name = "threads",
                .letter = 't',
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "0",
                .help = "Files compressed at a time; 0 is one a core",
                .offset = FIELD(threads),
                .maximum = THREADS_MAX,
        },
        {
                .name = "min-size",
                .kind = OPTION_SIZE,
                .value = "SIZE",
                .default_text = "1K",
                .help = "Leave smaller files alone: they fit into a packet as they are",
                .offset = FIELD(size_min),
                .maximum = COMPRESS_SIZE_MAX,
        },
        {
                .name = "min-saving",
                .kind = OPTION_NUMBER,
                .value = "PERCENT",
                .default_text = "5",
                .help = "Keep only what is smaller than the file by this much",
                .offset = FIELD(saving_percent),
                .maximum = 99,
        },
        {
                .name = "quiet",
                .letter = 'q',
                .kind = OPTION_FLAG,
                .help = "Print only what went wrong",
                .offset = FIELD(quiet),
        },
};

const struct command command_compress = {
        .name = "compress",
        .summary = "Prepare .br, .zst and .gz beside the files of a folder",
        .operand = "[PATH]",
        .operand_help = "The folder, or the one file (default: the current folder)",
        .operand_default = ".",
        .operand_offset = FIELD(path),
        .groups = ONE_GROUP(options),
        .size = sizeof(struct compress_options),
        .details =
                "Text, scripts, style sheets, SVG, JSON, XML, WebAssembly and uncompressed\n"
                "fonts of at most 256 MiB are compressed. A sibling that is not older than its\n"
                "file is left as it is; an older one is replaced. Hidden files and symlinks are\n"
                "left alone.\n",
        .load = codings_load,
        .run = run,
};
