/* `sluice lab`: what the methods cost on this machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/lab_measure.h"
#include "cli/lab_output.h"
#include "cli/lab_wish.h"
#include "cli/nearest.h"
#include "lab/libraries.h"
#include "lab/link.h"
#include "lab/plan.h"

#define FIELD(name) offsetof(struct lab_options, name)

struct lab_options {
        struct lab_output output; /* the first */
        const char *folder;
        struct lab_lists lists;
        const char *to;
        uint64_t runs;
        uint64_t seed;
        bool seed_given, runs_given;
        bool quick, full;
        bool tls;
};

static const struct option_spec options[] = {
        {
                .name = "quick",
                .kind = OPTION_FLAG,
                .help = "Fewer runs of fewer cases: a first impression, in seconds",
                .offset = FIELD(quick),
                .common = true,
        },
        {
                .name = "full",
                .kind = OPTION_FLAG,
                .help = "Every size from 4K to 1G, warm and cold, with 1, 16 and 64 connections; "
                        "10 runs and 3 seconds a case, but no more than 4 GiB at once. Ends "
                        "within half an hour: where that is too short, cases have fewer runs, "
                        "or are left out and listed",
                .offset = FIELD(full),
                .common = true,
        },
        {
                .name = "methods",
                .letter = 'm',
                .kind = OPTION_TEXT,
                .value = "LIST",
                .help = "Measure these methods only, with commas between them; sendfile, copy:4K: "
                        "a size behind a colon is that of the buffer",
                .offset = FIELD(lists.methods),
                .check = lab_check_methods,
                .expected =
                        "a list of at most 16 methods such as sendfile,copy:4K (a buffer for those "
                        "that have one): 'sluice doctor' lists them",
                .common = true,
        },
        {
                .name = "size",
                .letter = 's',
                .kind = OPTION_TEXT,
                .value = "LIST",
                .help = "Send this many bytes a transfer, such as 16K,128M",
                .offset = FIELD(lists.sizes),
                .check = lab_check_sizes,
                .expected = "a list of at most 16 sizes from 1 to 1T such as 16K,128M",
                .common = true,
        },
        {
                .name = "connections",
                .letter = 'c',
                .kind = OPTION_TEXT,
                .value = "LIST",
                .help = "Send over this many connections at the same time, such as 1,16,64",
                .offset = FIELD(lists.connections),
                .check = lab_check_connections,
                .expected = "a list of at most 16 numbers from 1 to 1024",
                .common = true,
        },
        {
                .name = "cache",
                .kind = OPTION_TEXT,
                .value = "LIST",
                .help = "Whether the file is in the page cache before: warm, cold or warm,cold",
                .offset = FIELD(lists.caches),
                .check = lab_check_caches,
                .expected = "warm, cold or warm,cold",
                .common = true,
        },
        {
                .name = "receiver",
                .kind = OPTION_TEXT,
                .value = "LIST",
                .help = "What becomes of the bytes: copy, a real reader's work, or discard, which "
                        "stands for a network card that needs no CPU",
                .offset = FIELD(lists.receivers),
                .check = lab_check_receivers,
                .expected = "copy, discard or copy,discard",
        },
        {
                .name = "path",
                .kind = OPTION_TEXT,
                .value = "LIST",
                .help = "The way of the bytes: loopback, unix (a socket) or veth (a pair of "
                        "devices between two network namespaces, for root)",
                .offset = FIELD(lists.paths),
                .check = lab_check_paths,
                .expected = "a list of loopback, unix and veth",
        },
        {
                .name = "tls",
                .kind = OPTION_FLAG,
                .help = "Send each case over TLS 1.3 as well (AES-128-GCM), encrypted by the "
                        "sender (copy+tls) and by the kernel (sendfile+ktls). The receiver "
                        "decrypts every byte, as a real client must. What cannot be here is "
                        "listed with the reason",
                .offset = FIELD(tls),
        },
        {
                .name = "to",
                .kind = OPTION_TEXT,
                .value = "HOST:PORT",
                .help = "Send to another machine, where 'sluice lab receive' runs",
                .offset = FIELD(to),
                .check = link_check_to,
                .expected = "HOST:PORT with a port from 1 to 65535",
                .common = true,
        },
        {
                .name = "runs",
                .kind = OPTION_NUMBER,
                .value = "N",
                .help = "Take exactly this many samples a case, however long they take",
                .offset = FIELD(runs),
                .second_offset = FIELD(runs_given),
                .minimum = 1,
                .maximum = LAB_RUNS_MAX,
        },
        {
                .name = "seed",
                .kind = OPTION_NUMBER,
                .value = "N",
                .help = "Take the samples in the same order as the run that told this seed",
                .offset = FIELD(seed),
                .second_offset = FIELD(seed_given),
                .maximum = INT64_MAX,
        },
};

static const struct option_group measured = {.title = "What is measured", OPTIONS(options)};
static const struct option_group *const groups[] = {
        &measured,
        &lab_style_options,
        &lab_file_options,
        NULL,
};

static uint64_t new_seed(void)
{
        uint64_t seed = 1;
        (void)!getrandom(&seed, sizeof(seed), GRND_NONBLOCK);
        /* Short enough to be typed. */
        return seed % 1000000000;
}

static int plan(struct lab_results *results, const struct lab_options *wanted)
{
        struct plan_wish wish;
        char *storage;
        const char *mode = wanted->full ? "full" : wanted->quick ? "quick" : "default";

        int r = lab_wish_of(&wish, &storage, &wanted->lists, mode);
        if (r < 0)
                return r;
        if (wanted->to)
                wish.paths[wish.path_count++] = LAB_REMOTE;
        wish.tls = wanted->tls;
        results->seed = wanted->seed_given ? wanted->seed : new_seed();
        r = plan_make(results, &wish);
        if (wanted->runs_given) {
                mode = LAB_MODE_RUNS;
                results->runs_wanted = (uint32_t)wanted->runs;
        }
        (void)snprintf(results->mode, sizeof(results->mode), "%s", mode);
        free(storage);
        return r;
}

/* Where a folder is expected that is not there, a command was meant: "lab explian". */
static int complain_folder(const char *folder)
{
        const char *nearest = NULL, *word;
        struct stat status;

        if (stat(folder, &status) == 0 || strchr(folder, '/'))
                return 0;
        for (size_t i = 0; i < subcommand_count; i++)
                if ((word = subcommand_word(subcommands[i], "lab")))
                        nearest_consider(folder, word, &nearest);
        if (!nearest)
                return 0;
        (void)fprintf(stderr,
                      "sluice lab: there is no folder '%s': did you mean 'sluice lab %s'?\n",
                      folder, nearest);
        return EXIT_USAGE;
}

static int check(const struct lab_options *wanted)
{
        const char *both = wanted->to && wanted->lists.paths ? "--to and --path"
                           : wanted->quick && wanted->full   ? "--quick and --full"
                                                             : NULL;
        if (!both)
                return complain_folder(wanted->folder);
        (void)fprintf(stderr, "sluice lab: %s exclude each other\n", both);
        return EXIT_USAGE;
}

static int run(const void *filled)
{
        const struct lab_options *wanted = filled;
        struct lab_results results = {0};
        int usage = check(wanted);

        if (usage != 0)
                return usage;
        int r = plan(&results, wanted);
        if (r < 0) {
                (void)fprintf(stderr, "sluice lab: %s\n", strerror(-r));
                results_done(&results);
                return EXIT_FAILURE;
        }
        /* What was asked for by name is measured, however long it takes. */
        const struct lab_lists *lists = &wanted->lists;
        bool in_time = !wanted->runs_given && !wanted->to && !lists->methods && !lists->sizes &&
                       !lists->connections && !lists->caches && !lists->receivers &&
                       !lists->paths && !wanted->tls;
        int code = lab_measure(&results, wanted->folder, wanted->to, in_time, &wanted->output);
        results_done(&results);
        return code;
}

const struct command command_lab = {
        .name = "lab",
        .summary = "Measure what each method costs on this machine",
        .operand = "[FOLDER]",
        .operand_help = "Where the file that is sent is made, without a name, for the time of the "
                        "run (default: the current folder)",
        .operand_default = ".",
        .operand_offset = FIELD(folder),
        .groups = groups,
        .size = sizeof(struct lab_options),
        .load = lab_libraries_load,
        .run = run,
};
