#include "lab/comparison.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/between_runs.h"
#include "lab/noise.h"
#include "lab/statistics.h"

struct comparison {
        const struct report_style *style;
        FILE *out;
};

static const struct lab_case *find(const struct lab_results *results,
                                   const struct lab_setting *setting)
{
        for (size_t i = 0; i < results->case_count; i++)
                if (setting_equal(&results->cases[i].setting, setting) &&
                    results->cases[i].sample_count > 0)
                        return &results->cases[i];
        return NULL;
}

/* ---- What both runs have ---- */

static const struct {
        const char *name, *of_all;
        statistics_figure *of;
        bool larger_is_better;
} figures[] = {
        {"rate", "Rate", sample_bytes_per_second, true},
        {"CPU", "CPU time", sample_cpu_seconds_per_gib, false},
};
#define FIGURES (sizeof(figures) / sizeof(figures[0]))

struct pair {
        const struct lab_case *before, *after;
};

/* Both heap. */
struct pairs {
        struct pair *list;
        struct statistics_ratio *ratios[FIGURES]; /* value 0: nothing to divide by */
        size_t count;
};

static void pairs_done(struct pairs *pairs)
{
        for (size_t i = 0; i < FIGURES; i++)
                free(pairs->ratios[i]);
        free(pairs->list);
        *pairs = (struct pairs){0};
}

static int add_ratios(struct pairs *pairs, size_t figure, uint64_t seed)
{
        for (size_t i = 0; i < pairs->count; i++) {
                int r = statistics_ratio_of_cases(&pairs->ratios[figure][i], pairs->list[i].after,
                                                  pairs->list[i].before, figures[figure].of, seed);
                if (r < 0 && r != -EDOM)
                        return r;
        }
        return 0;
}

/* What was made is released by pairs_done() also on failure. */
static int find_pairs(struct pairs *pairs, const struct lab_results *before,
                      const struct lab_results *after)
{
        int r = 0;
        pairs->list = calloc(after->case_count + 1, sizeof(*pairs->list));
        if (!pairs->list)
                return -ENOMEM;
        for (size_t i = 0; i < after->case_count; i++) {
                const struct lab_case *found = find(before, &after->cases[i].setting);
                if (found && after->cases[i].sample_count > 0)
                        pairs->list[pairs->count++] = (struct pair){found, &after->cases[i]};
        }
        for (size_t i = 0; r == 0 && i < FIGURES; i++) {
                pairs->ratios[i] = calloc(pairs->count + 1, sizeof(*pairs->ratios[i]));
                r = pairs->ratios[i] ? add_ratios(pairs, i, after->seed) : -ENOMEM;
        }
        return r;
}

/* ---- What is said of them ---- */

static void print_ratio(const struct comparison *comparison, const struct statistics_ratio *ratio,
                        size_t figure)
{
        const bool colour = comparison->style->colour;
        bool differs = statistics_shows_difference(ratio);
        bool better = (ratio->value > 1) == figures[figure].larger_is_better;

        if (!(ratio->value > 0)) {
                (void)fprintf(comparison->out, "  %-5s nothing to divide by\n",
                              figures[figure].name);
                return;
        }
        (void)fprintf(comparison->out, "  %-5s %s%.3f%s of before   [%.3f … %.3f]  %s\n",
                      figures[figure].name,
                      !colour || !differs ? ""
                      : better            ? "\033[32m"
                                          : "\033[31m",
                      ratio->value, colour && differs ? "\033[0m" : "", ratio->low, ratio->high,
                      ratio->fewest < STATISTICS_FEWEST ? "too few runs to tell"
                      : !differs                        ? "no difference shown"
                      : better                          ? "better"
                                                        : "worse");
}

static void print_pairs(const struct comparison *comparison, const struct pairs *pairs)
{
        for (size_t i = 0; i < pairs->count; i++) {
                char label[LAB_LABEL_SIZE], conditions[LAB_LABEL_SIZE];
                const struct lab_setting *setting = &pairs->list[i].after->setting;
                (void)fprintf(comparison->out, "%s (%s)\n", setting_label(setting, label),
                              setting_conditions(setting, conditions));
                for (size_t j = 0; j < FIGURES; j++)
                        print_ratio(comparison, &pairs->ratios[j][i], j);
        }
}

/* The samples of a run know nothing of the next one. */
static void print_caution(const struct comparison *comparison, const struct pairs *pairs)
{
        if (pairs->count == 0)
                return;
        (void)fprintf(
                comparison->out,
                "95 %% intervals hold within a run. Between two the machine moves, too: those "
                "below are wider by %s.\n",
                pairs->count > 1
                        ? "how far the other cases moved, and how far these scatter"
                        : "what a machine may move, as there is no other case to tell it by");
        for (size_t i = 0; i < FIGURES; i++) {
                double shift = between_runs_shift(pairs->ratios[i], pairs->count);
                if (shift > 1 || shift < 1)
                        (void)fprintf(comparison->out,
                                      "%s: all cases moved the same way, to %.2f of before: the "
                                      "machine, or what all have in common, not a method.\n",
                                      figures[i].of_all, shift);
        }
}

static void print_noise(const struct comparison *comparison, const struct lab_results *results,
                        const char *when)
{
        char buffer[NOISE_WARNING_SIZE];
        const char *noise = noise_warning(results, buffer);
        if (noise)
                (void)fprintf(comparison->out, "Warning: %s, %s.\n", when, noise);
        if (results->interrupted)
                (void)fprintf(comparison->out, "Warning: %s, the run was interrupted.\n", when);
}

static void print_missing(const struct comparison *comparison, const struct lab_results *of,
                          const struct lab_results *in, const char *where)
{
        char label[LAB_LABEL_SIZE], conditions[LAB_LABEL_SIZE];
        for (size_t i = 0; i < of->case_count; i++)
                if (!find(in, &of->cases[i].setting))
                        (void)fprintf(comparison->out, "%s (%s): %s only\n",
                                      setting_label(&of->cases[i].setting, label),
                                      setting_conditions(&of->cases[i].setting, conditions), where);
}

/* What makes a comparison one of machines rather than of methods. */
static void print_surroundings(const struct comparison *comparison,
                               const struct lab_environment *before,
                               const struct lab_environment *after)
{
        const struct {
                const char *name, *before, *after;
        } texts[] = {
                {"kernel", before->kernel, after->kernel},
                {"processor", before->processor, after->processor},
                {"file system", before->file_system, after->file_system},
                {"congestion control", before->congestion, after->congestion},
                {"mitigations", before->mitigations, after->mitigations},
                {"sluice", before->version, after->version},
        };
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                if (strcmp(texts[i].before, texts[i].after) != 0)
                        (void)fprintf(comparison->out, "Another %s: %s before, now %s\n",
                                      texts[i].name, texts[i].before, texts[i].after);
}

int comparison_print(const struct lab_results *before, const struct lab_results *after,
                     const struct report_style *style, FILE *out)
{
        const struct comparison comparison = {.style = style, .out = out};
        struct pairs pairs = {0};
        int r = find_pairs(&pairs, before, after);

        if (r == 0) {
                print_surroundings(&comparison, &before->environment, &after->environment);
                print_noise(&comparison, before, "before");
                print_noise(&comparison, after, "now");
                print_caution(&comparison, &pairs);
        }
        for (size_t i = 0; r == 0 && i < FIGURES; i++)
                r = between_runs_widen(pairs.ratios[i], pairs.count);
        if (r == 0) {
                print_pairs(&comparison, &pairs);
                print_missing(&comparison, before, after, "before");
                print_missing(&comparison, after, before, "now");
        }
        pairs_done(&pairs);
        return r;
}
