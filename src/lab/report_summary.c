#include "lab/report_summary.h"

#include <errno.h>
#include <stdlib.h>

#include "lab/statistics.h"

#define GROUP_MAX 64

struct summary {
        const struct lab_results *results;
        const char *bold, *green, *plain; /* console_codes(4) */
        FILE *out;
};

/* A case and its place. */
struct ranked {
        const struct lab_case *one;
        double key; /* larger is better */
        size_t place;
};

/* ---- Each against the classic loop ---- */

static const char *nothing_of(const struct statistics_ratio *ratio)
{
        return ratio->fewest < STATISTICS_FEWEST    ? ", too few runs to tell"
               : statistics_shows_difference(ratio) ? ""
                                                    : ", no difference shown";
}

/* The interval that decides, as on the page: it need not be as wide on either side. */
static void print_ratio(const struct summary *summary, const struct lab_case *one,
                        const struct lab_case *base)
{
        char label[LAB_LABEL_SIZE], base_label[LAB_LABEL_SIZE];
        struct statistics_ratio cpu, rate;
        uint64_t seed = summary->results->seed;

        if (statistics_ratio_of_cases(&cpu, one, base, sample_cpu_seconds_per_gib, seed) < 0 ||
            statistics_ratio_of_cases(&rate, one, base, sample_bytes_per_second, seed) < 0)
                return;
        (void)fprintf(summary->out, "  %s%s%s took %s%.2f%s (%.2f … %.2f%s) of %s's CPU",
                      summary->bold, setting_label(&one->setting, label), summary->plain,
                      summary->green, cpu.value, summary->plain, cpu.low, cpu.high,
                      nothing_of(&cpu), setting_label(&base->setting, base_label));
        (void)fprintf(summary->out, " and ran %.2f (%.2f … %.2f%s) times as fast\n", rate.value,
                      rate.low, rate.high, nothing_of(&rate));
}

/* ---- Who is best ---- */

static int better(const void *a, const void *b)
{
        const struct ranked *x = a, *y = b;
        return (x->key < y->key) - (x->key > y->key);
}

/* Best first. Who is not shown to differ from the leader of a place shares it: from
 * the leader, as a chain of neighbours would tie the first and the last. */
static int give_places(struct ranked *ranked, size_t count, statistics_figure *figure,
                       uint64_t seed)
{
        const struct ranked *leader = ranked;

        for (size_t i = 0; i < count; i++) {
                struct statistics_ratio ratio;
                int r = statistics_ratio_of_cases(&ratio, ranked[i].one, leader->one, figure, seed);
                if (r < 0 && r != -EDOM)
                        return r;
                if (r == 0 && &ranked[i] != leader && statistics_shows_difference(&ratio))
                        leader = &ranked[i];
                ranked[i].place = (size_t)(leader - ranked) + 1;
        }
        return 0;
}

static int print_ranking(const struct summary *summary, const struct lab_case *const *group,
                         size_t count, const char *title, statistics_figure *figure, double sign)
{
        struct ranked ranked[GROUP_MAX];
        uint64_t seed = summary->results->seed;

        for (size_t i = 0; i < count; i++) {
                struct statistics s;
                int r = statistics_of_case(&s, group[i], figure, seed);
                if (r < 0)
                        return r;
                if (s.count < STATISTICS_FEWEST) {
                        (void)fprintf(summary->out, "  %s: too few runs for places\n", title);
                        return 0;
                }
                ranked[i] = (struct ranked){.one = group[i], .key = sign * s.median};
        }
        qsort(ranked, count, sizeof(ranked[0]), better);
        int r = give_places(ranked, count, figure, seed);
        if (r < 0)
                return r;
        (void)fprintf(summary->out, "  %s: ", title);
        for (size_t i = 0; i < count; i++) {
                char label[LAB_LABEL_SIZE];
                (void)fprintf(summary->out, "%s%zu. %s", i ? "  " : "", ranked[i].place,
                              setting_label(&ranked[i].one->setting, label));
        }
        (void)fputc('\n', summary->out);
        return 0;
}

/* ---- The groups ---- */

static int print_group(const struct summary *summary, const struct lab_case *const *group,
                       size_t count)
{
        char conditions[LAB_LABEL_SIZE];
        const struct lab_case *base = results_base(summary->results, &group[0]->setting);

        /* Its runs may all be missing. */
        if (!base || base->sample_count == 0)
                base = group[0];
        (void)fprintf(summary->out, "%sSummary%s (%s)\n", summary->bold, summary->plain,
                      setting_conditions(&group[0]->setting, conditions));
        for (size_t i = 0; i < count; i++)
                if (group[i] != base)
                        print_ratio(summary, group[i], base);
        int r = print_ranking(summary, group, count, "Least CPU", sample_cpu_seconds_per_gib, -1);
        if (r == 0)
                r = print_ranking(summary, group, count, "Fastest  ", sample_bytes_per_second, 1);
        (void)fputc('\n', summary->out);
        return r;
}

int report_summary(const struct lab_results *results, const struct report_style *style, FILE *out)
{
        const struct summary summary = {
                .results = results,
                .bold = style->colour ? "\033[1m" : "",
                .green = style->colour ? "\033[1;32m" : "",
                .plain = style->colour ? "\033[0m" : "",
                .out = out,
        };
        int r = 0;

        for (size_t i = 0; r == 0 && i < results->case_count; i++) {
                const struct lab_setting *first = &results->cases[i].setting;
                const struct lab_case *group[GROUP_MAX];
                size_t count = 0, earlier = 0;
                while (earlier < i &&
                       !setting_same_conditions(&results->cases[earlier].setting, first))
                        earlier++;
                if (earlier < i)
                        continue;
                for (size_t j = i; j < results->case_count && count < GROUP_MAX; j++)
                        if (results->cases[j].sample_count > 0 &&
                            setting_same_conditions(&results->cases[j].setting, first))
                                group[count++] = &results->cases[j];
                if (count > 1)
                        r = print_group(&summary, group, count);
        }
        return r;
}
