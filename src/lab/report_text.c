#include "lab/report_text.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "lab/noise.h"
#include "lab/statistics.h"

#define LABEL_WIDTH 14

struct report {
        const struct lab_results *results;
        const struct report_style *style;
        FILE *out;
};

/* console_codes(4) */
static const char *bold(const struct report *report)
{
        return report->style->colour ? "\033[1m" : "";
}

static const char *green(const struct report *report)
{
        return report->style->colour ? "\033[1;32m" : "";
}

static const char *yellow(const struct report *report)
{
        return report->style->colour ? "\033[33m" : "";
}

static const char *plain(const struct report *report)
{
        return report->style->colour ? "\033[0m" : "";
}

static bool is_full(const struct lab_results *results)
{
        return strcmp(results->mode, "full") == 0;
}

/* ---- A block a case ---- */

static double mean(const struct lab_case *one, statistics_figure *figure)
{
        double sum = 0;
        for (size_t i = 0; i < one->sample_count; i++)
                sum += figure(&one->samples[i]);
        return one->sample_count ? sum / (double)one->sample_count : 0;
}

static double calls_per_gib(const struct lab_sample *sample)
{
        return sample_per_gib(sample, sample->counters[SLUICE_SYSTEM_CALLS]);
}

static double first_byte(const struct lab_sample *sample)
{
        return (double)sample->first_byte_ns / (double)NS_PER_US;
}

static void print_calls(const struct report *report, const struct lab_case *one)
{
        const struct lab_sample *sample = &one->samples[0];
        const char *name, *separator = "";
        uint64_t ignored;

        (void)fprintf(report->out, "  Calls (per GiB):   %13.0f", mean(one, calls_per_gib));
        (void)fputs("    [", report->out);
        for (size_t i = 0; i < LAB_CALLS_MAX && (name = sluice_process_calls(i, &ignored)); i++) {
                double count = sample_per_gib(sample, sample->calls[i]);
                /* What is once a transfer says nothing about the bytes. */
                if (sample->calls[i] <= sample->transfers &&
                    sample->calls[i] * 20 < sample->counters[SLUICE_SYSTEM_CALLS])
                        continue;
                (void)fprintf(report->out, "%s%s %.0f", separator, name, count);
                separator = ", ";
        }
        (void)fputs("]\n", report->out);
}

static void print_copies(const struct report *report, const struct lab_sample *sample)
{
        double in = sample_per_byte(sample, SLUICE_BYTES_COPIED_IN);
        double out = sample_per_byte(sample, SLUICE_BYTES_COPIED_OUT);
        double kernel = sample_per_byte(sample, SLUICE_BYTES_COPIED_BY_KERNEL);

        (void)fprintf(report->out,
                      "  Copies (per byte): %13.2g    [into user space %.2g, out of it %.2g, by "
                      "the kernel all the same %.2g]\n",
                      in + out + kernel, in, out, kernel);
}

static int print_block(const struct report *report, const struct lab_case *one, size_t number)
{
        char label[LAB_LABEL_SIZE], conditions[LAB_LABEL_SIZE], growth[NUMBER_TEXT_SIZE],
                peak[NUMBER_TEXT_SIZE];
        struct statistics rate, cpu;
        uint64_t seed = report->results->seed;

        int r = statistics_of_case(&rate, one, sample_bytes_per_second, seed);
        if (r == 0)
                r = statistics_of_case(&cpu, one, sample_cpu_seconds_per_gib, seed);
        if (r < 0 || rate.count == 0)
                return r;
        const double gib = (double)LAB_GIB;
        const struct lab_sample *last = &one->samples[one->sample_count - 1];
        (void)fprintf(report->out, "%sCase %zu: %s%s (%s)\n", bold(report), number,
                      setting_label(&one->setting, label), plain(report),
                      setting_conditions(&one->setting, conditions));
        (void)fprintf(report->out,
                      "  Rate  (mean ± σ):  %s%7.3f GiB/s%s ± %6.3f GiB/s    [median %.3f, 95 %% "
                      "%.3f … %.3f]\n",
                      green(report), rate.mean / gib, plain(report), rate.sigma / gib,
                      rate.median / gib, rate.low / gib, rate.high / gib);
        (void)fprintf(report->out, "  Range (min … max): %7.3f GiB/s … %6.3f GiB/s    %zu runs\n",
                      rate.minimum / gib, rate.maximum / gib, rate.count);
        (void)fprintf(report->out,
                      "  CPU   (mean ± σ):  %s%7.3f s/GiB%s ± %6.3f s/GiB    [user %.3f, system "
                      "%.3f]\n",
                      green(report), cpu.mean, plain(report), cpu.sigma,
                      mean(one, sample_user_seconds_per_gib),
                      mean(one, sample_system_seconds_per_gib));
        print_calls(report, one);
        print_copies(report, last);
        (void)fprintf(report->out,
                      "  First byte after:  %10.0f µs    [page cache grew by %s; peak memory %s]\n",
                      mean(one, first_byte), number_format_size(last->cache_growth_bytes, growth),
                      number_format_size(last->peak_memory_bytes, peak));
        if (rate.outliers > 0)
                (void)fprintf(report->out, "  %sOutliers:%s          %zu of %zu runs, kept\n",
                              yellow(report), plain(report), rate.outliers, rate.count);
        if (rate.count < report->results->runs_wanted)
                (void)fprintf(report->out,
                              "  %sFew runs:%s          %zu instead of %u, as they take long%s\n",
                              yellow(report), plain(report), rate.count,
                              report->results->runs_wanted,
                              is_full(report->results) ? "" : "; --full takes more");
        if (one->note[0])
                (void)fprintf(report->out, "  Note:              %s\n", one->note);
        (void)fputc('\n', report->out);
        return 0;
}

/* ---- A summary a group ---- */

/* What the others are held against: the slowest of copy's buffers, which is
 * the classic loop's; else the first. */
static const struct lab_case *find_base(const struct lab_case *const *group, size_t count)
{
        const struct lab_case *base = NULL;
        for (size_t i = 0; i < count; i++)
                if (strcmp(group[i]->setting.method, "copy") == 0 &&
                    group[i]->setting.tls == LAB_PLAIN &&
                    (!base || group[i]->setting.buffer_bytes < base->setting.buffer_bytes))
                        base = group[i];
        return base ? base : group[0];
}

static void print_ratio(const struct report *report, const struct lab_case *one,
                        const struct lab_case *base)
{
        char label[LAB_LABEL_SIZE], base_label[LAB_LABEL_SIZE];
        struct statistics_ratio cpu, rate;
        uint64_t seed = report->results->seed;

        if (statistics_ratio_of_cases(&cpu, one, base, sample_cpu_seconds_per_gib, seed) < 0 ||
            statistics_ratio_of_cases(&rate, one, base, sample_bytes_per_second, seed) < 0)
                return;
        (void)fprintf(report->out, "  %s%s%s took %s%.2f%s ± %.2f of %s's CPU", bold(report),
                      setting_label(&one->setting, label), plain(report), green(report), cpu.value,
                      plain(report), (cpu.high - cpu.low) / 2,
                      setting_label(&base->setting, base_label));
        const char *nothing =
                cpu.fewest < STATISTICS_FEWEST ? "too few runs to tell" : "no difference shown";
        if (!statistics_shows_difference(&cpu))
                (void)fprintf(report->out, " (%s)", nothing);
        if (!statistics_shows_difference(&rate))
                (void)fprintf(report->out, " and ran %.2f times as fast (%s)\n", rate.value,
                              nothing);
        else if (rate.value >= 1)
                (void)fprintf(report->out, " and ran %.2f ± %.2f times faster\n", rate.value,
                              (rate.high - rate.low) / 2);
        else
                (void)fprintf(report->out, " and ran %.2f ± %.2f times slower\n", 1 / rate.value,
                              (1 / rate.low - 1 / rate.high) / 2);
}

static void sort_by(const struct lab_case **group, const double *keys, size_t count)
{
        /* A handful: by insertion, largest first; both arrays stay in step. */
        double sorted[64];
        memcpy(sorted, keys, count * sizeof(*sorted));
        for (size_t i = 1; i < count; i++)
                for (size_t j = i; j > 0 && sorted[j - 1] < sorted[j]; j--) {
                        double key = sorted[j];
                        const struct lab_case *one = group[j];
                        sorted[j] = sorted[j - 1];
                        group[j] = group[j - 1];
                        sorted[j - 1] = key;
                        group[j - 1] = one;
                }
}

/* Best first; those whose intervals touch share a place. A place is worse only
 * where the interval is worse than that of every case before. */
static int print_ranking(const struct report *report, const struct lab_case **group, size_t count,
                         const char *title, statistics_figure *figure, double sign)
{
        struct statistics s;
        double keys[64], worst_end = 0;
        bool enough = true;
        size_t place = 1;

        for (size_t i = 0; i < count; i++) {
                int r = statistics_of_case(&s, group[i], figure, report->results->seed);
                if (r < 0)
                        return r;
                keys[i] = sign * s.median;
        }
        sort_by(group, keys, count);
        (void)fprintf(report->out, "  %s: ", title);
        for (size_t i = 0; i < count; i++) {
                char label[LAB_LABEL_SIZE];
                int r = statistics_of_case(&s, group[i], figure, report->results->seed);
                if (r < 0)
                        return r;
                double best = sign > 0 ? s.high : -s.low, worst = sign > 0 ? s.low : -s.high;
                enough = enough && s.count >= STATISTICS_FEWEST;
                if (i > 0 && enough && best < worst_end)
                        place = i + 1;
                if (i == 0 || worst < worst_end)
                        worst_end = worst;
                (void)fprintf(report->out, "%s%zu. %s", i ? "  " : "", place,
                              setting_label(&group[i]->setting, label));
        }
        (void)fputc('\n', report->out);
        return 0;
}

static int print_group(const struct report *report, const struct lab_case **group, size_t count)
{
        char conditions[LAB_LABEL_SIZE];
        const struct lab_case *base = find_base(group, count);

        (void)fprintf(report->out, "%sSummary%s (%s)\n", bold(report), plain(report),
                      setting_conditions(&group[0]->setting, conditions));
        for (size_t i = 0; i < count; i++)
                if (group[i] != base)
                        print_ratio(report, group[i], base);
        int r = print_ranking(report, group, count, "Least CPU", sample_cpu_seconds_per_gib, -1);
        if (r == 0)
                r = print_ranking(report, group, count, "Fastest  ", sample_bytes_per_second, 1);
        (void)fputc('\n', report->out);
        return r;
}

static int print_summaries(const struct report *report)
{
        const struct lab_results *results = report->results;
        int r = 0;
        for (size_t i = 0; r == 0 && i < results->case_count; i++) {
                const struct lab_setting *first = &results->cases[i].setting;
                const struct lab_case *group[64];
                size_t count = 0, earlier = 0;
                while (earlier < i &&
                       !setting_same_conditions(&results->cases[earlier].setting, first))
                        earlier++;
                if (earlier < i)
                        continue;
                for (size_t j = i; j < results->case_count && count < 64; j++)
                        if (results->cases[j].sample_count > 0 &&
                            setting_same_conditions(&results->cases[j].setting, first))
                                group[count++] = &results->cases[j];
                if (count > 1)
                        r = print_group(report, group, count);
        }
        return r;
}

/* ---- What to know ---- */

static void print_skipped(const struct report *report)
{
        const struct lab_results *results = report->results;
        if (results->skipped_count > 0)
                (void)fprintf(report->out, "%sSkipped%s\n", bold(report), plain(report));
        for (size_t i = 0; i < results->skipped_count; i++) {
                char label[LAB_LABEL_SIZE], conditions[LAB_LABEL_SIZE];
                const struct lab_skipped *skipped = &results->skipped[i];
                (void)fprintf(report->out, "  %s (%s): %s\n",
                              setting_label(&skipped->setting, label),
                              setting_conditions(&skipped->setting, conditions), skipped->reason);
        }
        if (results->skipped_count > 0)
                (void)fputc('\n', report->out);
}

static void print_noise(const struct report *report)
{
        const struct lab_results *results = report->results;
        size_t noisy = 0;
        for (size_t i = 0; i < results->case_count; i++)
                noisy += noise_is_high(&results->cases[i], results->seed);
        if (noisy > 0)
                (void)fprintf(report->out,
                              "%sWarning:%s the rate of %zu of %zu cases scatters by more than "
                              "%.0f %%: %s.\n\n",
                              yellow(report), plain(report), noisy, results->case_count,
                              100 * NOISE_SIGMA, noise_remedy(results));
}

static void print_machine(const struct report *report)
{
        const struct lab_environment *environment = &report->results->environment;
        (void)fprintf(report->out, "%s, %s, %u core%s; file on %s in %s\n", environment->kernel,
                      environment->processor[0] ? environment->processor : "unknown processor",
                      environment->cores, environment->cores == 1 ? "" : "s",
                      environment->file_system[0] ? environment->file_system : "?",
                      environment->folder);
        if (environment->to[0])
                (void)fprintf(report->out, "Sender on core %d, receiver at %s",
                              environment->sender_core, environment->to);
        else if (environment->sender_core == environment->receiver_core)
                (void)fputs("Sender and receiver share the only core", report->out);
        else
                (void)fprintf(report->out, "Sender on core %d, receiver on core %d",
                              environment->sender_core, environment->receiver_core);
        (void)fprintf(report->out, "; congestion control %s; seed %ju\nCounts: %s\n",
                      environment->congestion[0] ? environment->congestion : "the system's",
                      (uintmax_t)report->results->seed, environment->count_check);
        (void)fprintf(report->out, "Mode %s: %u runs a case wanted, %.1f s a case%s\n\n",
                      report->results->mode, report->results->runs_wanted,
                      (double)report->results->case_ns / (double)NS_PER_S,
                      is_full(report->results) ? "" : "; --full takes 10 runs and 3 s at least");
}

int report_text(const struct lab_results *results, const struct report_style *style, FILE *out)
{
        struct report report = {.results = results, .style = style, .out = out};
        int r = 0;

        print_machine(&report);
        for (size_t i = 0; r == 0 && i < results->case_count; i++)
                r = print_block(&report, &results->cases[i], i + 1);
        if (r == 0)
                r = print_summaries(&report);
        print_skipped(&report);
        print_noise(&report);
        return r;
}
