#include "lab/comparison.h"

#include <errno.h>
#include <string.h>

#include "lab/statistics.h"

struct comparison {
        const struct report_style *style;
        FILE *out;
        uint64_t seed;
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

/* better: whether a larger value is the better one. */
static int print_ratio(const struct comparison *comparison, const struct lab_case *after,
                       const struct lab_case *before, const char *name, statistics_figure *figure,
                       bool larger_is_better)
{
        struct statistics_ratio ratio;
        int r = statistics_ratio_of_cases(&ratio, after, before, figure, comparison->seed);
        if (r == -EDOM) {
                (void)fprintf(comparison->out, "  %-5s nothing to divide by\n", name);
                return 0;
        }
        if (r < 0)
                return r;
        bool differs = statistics_shows_difference(&ratio);
        bool better = (ratio.value > 1) == larger_is_better;
        const char *colour = better ? "\033[32m" : "\033[31m";
        (void)fprintf(comparison->out, "  %-5s %s%.3f%s of before   [95 %% %.3f … %.3f]  %s\n",
                      name, comparison->style->colour && differs ? colour : "", ratio.value,
                      comparison->style->colour && differs ? "\033[0m" : "", ratio.low, ratio.high,
                      !differs ? "no difference shown"
                      : better ? "better"
                               : "worse");
        return 0;
}

static int print_case(const struct comparison *comparison, const struct lab_case *after,
                      const struct lab_case *before)
{
        char label[LAB_LABEL_SIZE], conditions[LAB_LABEL_SIZE];

        (void)fprintf(comparison->out, "%s (%s)\n", setting_label(&after->setting, label),
                      setting_conditions(&after->setting, conditions));
        int r = print_ratio(comparison, after, before, "rate", sample_bytes_per_second, true);
        if (r == 0)
                r = print_ratio(comparison, after, before, "CPU", sample_cpu_seconds_per_gib,
                                false);
        return r;
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
        const struct comparison comparison = {.style = style, .out = out, .seed = after->seed};
        int r = 0;

        print_surroundings(&comparison, &before->environment, &after->environment);
        for (size_t i = 0; r == 0 && i < after->case_count; i++) {
                const struct lab_case *found = find(before, &after->cases[i].setting);
                if (found && after->cases[i].sample_count > 0)
                        r = print_case(&comparison, &after->cases[i], found);
        }
        print_missing(&comparison, before, after, "before");
        print_missing(&comparison, after, before, "now");
        return r;
}
