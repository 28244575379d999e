#include "lab/policy.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "lab/noise.h"
#include "lab/plan.h"
#include "lab/statistics.h"

#define BULK_BYTES (UINT64_C(64) << 20)

/* As 'sluice serve' has it where nothing is said. */
#define SMALL_FILE_USUAL (UINT64_C(32) << 10)

/* A step must take less than this share of the usual one's CPU to be preferred. */
#define STEP_CPU_MOST 0.95

/* A cold giant may take this much longer when it goes past the page cache:
 * what it would push out is worth more. */
#define GUARD_RATE_LEAST 0.7

static struct policy_line *add(struct policy *policy, const char *key, const char *value)
{
        struct policy_line *line = &policy->lines[policy->count++];
        *line = (struct policy_line){.key = key};
        (void)snprintf(line->value, sizeof(line->value), "%s", value);
        return line;
}

__attribute__((format(printf, 2, 3))) static void say(struct policy_line *line, const char *format,
                                                      ...)
{
        size_t used = strlen(line->evidence);
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(line->evidence + used, sizeof(line->evidence) - used, format, arguments);
        va_end(arguments);
}

int policy_plan(struct lab_results *results)
{
        const struct plan_wish warm = {
                .mode = "default",
                .methods = {"sendfile", "splice", "copy", "mmap", "zerocopy"},
                .method_count = 5,
                .sizes = {BULK_BYTES},
                .size_count = 1,
        };
        const struct plan_wish cold = {
                .mode = "default",
                .methods = {"sendfile", "direct"},
                .method_count = 2,
                .sizes = {BULK_BYTES},
                .size_count = 1,
                .caches = {LAB_COLD},
                .cache_count = 1,
        };
        int r = plan_make(results, &warm);
        return r < 0 ? r : plan_make(results, &cold);
}

static const struct lab_case *find(const struct lab_results *results, const char *method,
                                   enum lab_cache cache)
{
        for (size_t i = 0; i < results->case_count; i++) {
                const struct lab_case *one = &results->cases[i];
                if (strcmp(one->setting.method, method) == 0 && one->setting.cache == cache &&
                    one->sample_count > 0)
                        return one;
        }
        return NULL;
}

/* The method for bodies from warm files: the one with the least CPU where it is
 * shown to beat sendfile; else what auto takes. */
static int decide_method(struct policy *policy, const struct lab_results *results)
{
        static const char *const others[] = {"splice", "copy", "mmap"};
        const struct lab_case *base = find(results, "sendfile", LAB_WARM);
        const char *best = "auto";
        double best_value = 1;
        struct policy_line *line = add(policy, "method", best);

        say(line, "CPU of sendfile:");
        for (size_t i = 0; base && i < sizeof(others) / sizeof(others[0]); i++) {
                const struct lab_case *one = find(results, others[i], LAB_WARM);
                struct statistics_ratio ratio;
                if (!one)
                        continue;
                int r = statistics_ratio_of_cases(&ratio, one, base, sample_cpu_seconds_per_gib,
                                                  results->seed);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        continue;
                say(line, " %s takes %.2f of it (%.2f to %.2f);", others[i], ratio.value, ratio.low,
                    ratio.high);
                if (statistics_shows_difference(&ratio) && ratio.value < best_value) {
                        best = others[i];
                        best_value = ratio.value;
                }
        }
        say(line,
            strcmp(best, "auto") == 0 ? " none is shown to be better" : " the least is the best");
        (void)snprintf(line->value, sizeof(line->value), "%s", best);
        return 0;
}

/* What is shown bounds the limit: from memory up to least, as that costs less; not
 * beyond most, as that costs more. */
static uint64_t limit_between(uint64_t least, uint64_t most)
{
        uint64_t limit = SMALL_FILE_USUAL < least ? least : SMALL_FILE_USUAL;
        return limit > most ? most : limit;
}

/* The largest body for one send from memory. Where the server's own limit contradicts
 * nothing that is shown, it stays. */
static int decide_small_file(struct policy *policy, const struct lab_results *results,
                             const struct small_body *bodies)
{
        struct policy_line *line = add(policy, NULL, "");
        uint64_t least = 0, most = bodies[SMALL_BODIES_SIZES - 1].size_bytes;
        bool ended = false;

        say(line, "CPU of an answer from memory, by that of sendfile:");
        for (size_t i = 0; i < SMALL_BODIES_SIZES; i++) {
                struct statistics_ratio ratio;
                int r = statistics_ratio_of(&ratio, bodies[i].memory_seconds, SMALL_BODIES_RUNS,
                                            bodies[i].sendfile_seconds, SMALL_BODIES_RUNS,
                                            results->seed);
                if (r < 0)
                        return r;
                bool differs = statistics_shows_difference(&ratio);
                say(line, "%s %juK %.2f%s", i ? "," : "", (uintmax_t)(bodies[i].size_bytes >> 10),
                    ratio.value, differs ? "" : " (not shown)");
                if (!differs || ended)
                        continue;
                ended = ratio.value > 1;
                if (!ended)
                        least = bodies[i].size_bytes;
                else
                        most = i ? bodies[i - 1].size_bytes : 0;
        }
        uint64_t limit = limit_between(least, most);
        if (limit == SMALL_FILE_USUAL) {
                say(line, ": that is no reason for another small-file than the server's own, 32K");
                return 0;
        }
        line->key = "small-file";
        (void)snprintf(line->value, sizeof(line->value), "%juK", (uintmax_t)(limit >> 10));
        return 0;
}

/* The step that is clearly cheapest. Where none is, the server keeps its own, as a
 * longer one makes others wait and a shorter one helps nobody. */
static int decide_step(struct policy *policy, const struct lab_results *results,
                       const struct step_size *steps)
{
        struct policy_line *line = add(policy, NULL, "");
        const struct lab_case *usual = &steps[STEP_SIZE_USUAL].figures;
        double best = STEP_CPU_MOST;

        say(line, "CPU of %d connections, by that of steps of 2M:", STEP_SIZES_CONNECTIONS);
        for (size_t i = 0; i < STEP_SIZES; i++) {
                struct statistics_ratio ratio;
                if (i == STEP_SIZE_USUAL)
                        continue;
                int r = statistics_ratio_of_cases(&ratio, &steps[i].figures, usual,
                                                  sample_cpu_seconds_per_gib, results->seed);
                if (r < 0)
                        return r;
                say(line, "%s %juK %.2f (%.2f to %.2f)", i ? "," : "",
                    (uintmax_t)(steps[i].bytes >> 10), ratio.value, ratio.low, ratio.high);
                if (!statistics_shows_difference(&ratio) || ratio.value >= best)
                        continue;
                best = ratio.value;
                line->key = "step-size";
                (void)snprintf(line->value, sizeof(line->value), "%juK",
                               (uintmax_t)(steps[i].bytes >> 10));
        }
        if (!line->key)
                say(line, ": no difference shown that is worth another step-size");
        return 0;
}

static int decide_guard(struct policy *policy, const struct lab_results *results)
{
        const struct lab_case *direct = find(results, "direct", LAB_COLD);
        const struct lab_case *sendfile = find(results, "sendfile", LAB_COLD);
        struct statistics_ratio ratio;

        if (!direct || !sendfile) {
                say(add(policy, "cache-guard", "0"), "direct could not be measured here");
                return 0;
        }
        int r = statistics_ratio_of_cases(&ratio, direct, sendfile, sample_bytes_per_second,
                                          results->seed);
        if (r < 0)
                return r;
        /* All of the interval, not only its middle: else nothing is shown. */
        bool slow = ratio.fewest >= STATISTICS_FEWEST && ratio.high < GUARD_RATE_LEAST;
        say(add(policy, "cache-guard", slow ? "0" : "25"),
            "cold files by direct run at %.2f (%.2f to %.2f) of sendfile's rate; worth it from "
            "%.2f on, as they push nothing out of the page cache",
            ratio.value, ratio.low, ratio.high, GUARD_RATE_LEAST);
        return 0;
}

static int remark_zerocopy(struct policy *policy, const struct lab_results *results)
{
        const struct lab_case *zerocopy = find(results, "zerocopy", LAB_WARM);
        const struct lab_case *copy = find(results, "copy", LAB_WARM);
        struct statistics_ratio ratio;

        if (!zerocopy || !copy)
                return 0;
        int r = statistics_ratio_of_cases(&ratio, zerocopy, copy, sample_cpu_seconds_per_gib,
                                          results->seed);
        if (r < 0)
                return r;
        say(add(policy, NULL, ""), "zerocopy takes %.2f (%.2f to %.2f) of copy's CPU%s%s",
            ratio.value, ratio.low, ratio.high, zerocopy->note[0] ? ": " : "", zerocopy->note);
        return 0;
}

static void remark_noise(struct policy *policy, const struct lab_results *results)
{
        size_t noisy = 0;
        for (size_t i = 0; i < results->case_count; i++)
                noisy += noise_is_high(&results->cases[i], results->seed);
        if (2 * noisy > results->case_count)
                say(add(policy, NULL, ""), "the machine was busy, and its figures scatter: measure "
                                           "again when it is quiet");
}

int policy_decide(struct policy *ret, const struct lab_results *results,
                  const struct small_body bodies[static SMALL_BODIES_SIZES],
                  const struct step_size steps[static STEP_SIZES])
{
        struct policy policy = {.count = 0};
        int r = decide_method(&policy, results);
        if (r == 0)
                r = decide_small_file(&policy, results, bodies);
        if (r == 0)
                r = decide_step(&policy, results, steps);
        if (r == 0)
                r = decide_guard(&policy, results);
        if (r == 0)
                r = remark_zerocopy(&policy, results);
        remark_noise(&policy, results);
        if (r == 0)
                *ret = policy;
        return r == -EDOM ? -ENODATA : r;
}

int policy_write(const struct policy *policy, const struct lab_environment *environment, FILE *out)
{
        (void)fprintf(out,
                      "# A policy for 'sluice serve --policy', by 'sluice lab policy' of sluice "
                      "%s\n# measured %s on %s, %s, %s in %s, over loopback\n",
                      environment->version, environment->started, environment->kernel,
                      environment->processor, environment->file_system, environment->folder);
        for (size_t i = 0; i < policy->count; i++) {
                const struct policy_line *line = &policy->lines[i];
                (void)fprintf(out, "\n# %s\n", line->evidence);
                if (line->key)
                        (void)fprintf(out, "%s = %s\n", line->key, line->value);
        }
        return ferror(out) ? -EIO : 0;
}
