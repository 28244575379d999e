#include "lab/report_text.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "lab/noise.h"
#include "lab/report_summary.h"
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

static double waits_per_gib(const struct lab_sample *sample)
{
        return sample_per_gib(sample, sample->counters[SLUICE_WAITS]);
}

static double per_transfer(const struct lab_sample *sample, double value)
{
        return sample->transfers ? value / (double)sample->transfers : 0;
}

static double cpu_us_per_transfer(const struct lab_sample *sample)
{
        return per_transfer(sample, (double)(sample->cpu_user_ns + sample->cpu_system_ns) /
                                            (double)NS_PER_US);
}

static double calls_per_transfer(const struct lab_sample *sample)
{
        return per_transfer(sample, (double)sample->counters[SLUICE_SYSTEM_CALLS]);
}

static double waits_per_transfer(const struct lab_sample *sample)
{
        return per_transfer(sample, (double)sample->counters[SLUICE_WAITS]);
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
        (void)fprintf(report->out, "; and %.0f waits]\n", mean(one, waits_per_gib));
        if (sample->transfers > one->setting.connections)
                (void)fprintf(report->out,
                              "  A transfer took:   %10.1f µs of CPU    [%.1f calls, %.1f waits]\n",
                              mean(one, cpu_us_per_transfer), mean(one, calls_per_transfer),
                              mean(one, waits_per_transfer));
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

static void print_warnings(const struct report *report)
{
        char buffer[NOISE_WARNING_SIZE];
        const char *noise = noise_warning(report->results, buffer);

        if (report->results->interrupted)
                (void)fprintf(report->out,
                              "%sInterrupted:%s there are fewer runs than were wanted, and cases "
                              "may be missing.\n\n",
                              yellow(report), plain(report));
        if (noise)
                (void)fprintf(report->out, "%sWarning:%s %s.\n\n", yellow(report), plain(report),
                              noise);
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
        (void)fprintf(report->out, "Mode %s: %u runs a case wanted", report->results->mode,
                      report->results->runs_wanted);
        if (report->results->case_ns > 0)
                (void)fprintf(report->out, ", %.1f s a case",
                              (double)report->results->case_ns / (double)NS_PER_S);
        (void)fprintf(report->out, "%s\n\n",
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
                r = report_summary(results, style, out);
        print_skipped(&report);
        print_warnings(&report);
        return r;
}
