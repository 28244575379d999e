/* bench_client: says "ready" when connected and warm, works when told to, and
 * prints what came of it. Whoever reads the server's CPU time does so between
 * the two. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "client/load.h"

static void settle(const struct options *options)
{
        cpu_set_t set;
        CPU_ZERO(&set);
        if (options->cpu >= 0) {
                CPU_SET((size_t)options->cpu, &set);
                if (sched_setaffinity(0, sizeof(set), &set) < 0)
                        perror("bench_client: sched_setaffinity");
        }
        /* The default of 50 us would be in every paced latency. */
        (void)prctl(PR_SET_TIMERSLACK, 1UL);
        (void)signal(SIGPIPE, SIG_IGN);
        struct rlimit files = {.rlim_cur = 65536, .rlim_max = 65536};
        (void)setrlimit(RLIMIT_NOFILE, &files);
}

static void wait_for_word(const char *said)
{
        char line[16];
        puts(said);
        (void)fflush(stdout);
        if (!fgets(line, sizeof(line), stdin))
                exit(0);
}

static int warm_up(struct load *load, struct tally *tally)
{
        const struct options *options = load->options;
        if (options->mode == MODE_SLOW)
                return load_run_slow(load, options->warm_up, tally);
        uint64_t requests = options->warm_up;
        if (options->mode == MODE_IDLE)
                requests = options->connections;
        return requests ? load_run(load, requests, 60000, tally) : 0;
}

static int work(struct load *load, struct tally *tally)
{
        const struct options *options = load->options;
        if (options->mode == MODE_IDLE)
                return 0; /* silence is the work */
        if (options->mode == MODE_SLOW)
                return load_run_slow(load, options->duration_ms, tally);
        return load_run(load, options->requests, options->duration_ms, tally);
}

static int run(const struct options *options)
{
        static struct tally warm, tally;
        struct load load;
        int r = load_open(&load, options);
        if (r == 0)
                r = warm_up(&load, &warm);
        if (r == 0) {
                wait_for_word("ready");
                r = work(&load, &tally);
        }
        if (r == 0) {
                tally.wrong += warm.wrong;
                tally.verified += warm.verified;
                if (!tally.first_wrong)
                        tally.first_wrong = warm.first_wrong;
                tally_print(&tally);
        }
        load_close(&load);
        return r;
}

int main(int argc, char **argv)
{
        struct options options;
        bool leave;
        int r = options_parse(&options, argc, argv, &leave);
        if (leave)
                return r;
        settle(&options);
        r = run(&options);
        if (r < 0)
                fprintf(stderr, "bench_client: %s\n", strerror(-r));
        return r < 0;
}
