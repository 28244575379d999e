#include "lab/report_figures.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lab/noise.h"
#include "lab/results_fields.h"
#include "lab/statistics.h"

static double calls(const struct lab_sample *sample)
{
        return sample_per_gib(sample, sample->counters[SLUICE_SYSTEM_CALLS]);
}

static double waits(const struct lab_sample *sample)
{
        return sample_per_gib(sample, sample->counters[SLUICE_WAITS]);
}

static double copies(const struct lab_sample *sample)
{
        return sample_per_byte(sample, SLUICE_BYTES_COPIED_IN) +
               sample_per_byte(sample, SLUICE_BYTES_COPIED_OUT) +
               sample_per_byte(sample, SLUICE_BYTES_COPIED_BY_KERNEL);
}

static double kernel_copies(const struct lab_sample *sample)
{
        return sample_per_byte(sample, SLUICE_BYTES_COPIED_BY_KERNEL);
}

static double first_byte(const struct lab_sample *sample)
{
        return (double)sample->first_byte_ns / 1e9;
}

static double switches(const struct lab_sample *sample)
{
        return sample_per_gib(sample, sample->switches_voluntary + sample->switches_involuntary);
}

static double faults(const struct lab_sample *sample)
{
        return sample_per_gib(sample, sample->faults_minor + sample->faults_major);
}

static double disk(const struct lab_sample *sample)
{
        return sample_per_gib(sample, sample->disk_bytes) / (double)LAB_GIB;
}

static double cache_growth(const struct lab_sample *sample)
{
        return (double)sample->cache_growth_bytes;
}

static double peak_memory(const struct lab_sample *sample)
{
        return (double)sample->peak_memory_bytes;
}

static const struct {
        const char *name;
        statistics_figure *of;
        bool interval; /* [median, low, high]; else the median alone */
} figures[] = {
        {"throughput", sample_bytes_per_second, true},
        {"cpu", sample_cpu_seconds_per_gib, true},
        {"user", sample_user_seconds_per_gib, false},
        {"system", sample_system_seconds_per_gib, false},
        {"calls", calls, false},
        {"waits", waits, false},
        {"copies", copies, false},
        {"kernel_copies", kernel_copies, false},
        {"first_byte", first_byte, false},
        {"switches", switches, false},
        {"faults", faults, false},
        {"disk", disk, false},
        {"cache_growth", cache_growth, false},
        {"peak_memory", peak_memory, false},
};

static size_t cases_shown(const struct lab_results *results)
{
        return results->case_count < FIGURES_CASES_MAX ? results->case_count : FIGURES_CASES_MAX;
}

static size_t measured_alike(const struct lab_results *results, const struct lab_setting *setting)
{
        size_t count = 0;
        for (size_t i = 0; i < results->case_count; i++)
                count += setting_same_conditions(&results->cases[i].setting, setting);
        return count;
}

const struct lab_setting *figures_main_conditions(const struct lab_results *results)
{
        size_t best = 0, best_count = 0;

        for (size_t i = 0; i < cases_shown(results); i++) {
                const struct lab_setting *setting = &results->cases[i].setting;
                size_t count = measured_alike(results, setting);
                if (count > best_count ||
                    (count == best_count &&
                     setting->size_bytes > results->cases[best].setting.size_bytes)) {
                        best = i;
                        best_count = count;
                }
        }
        return results->case_count > 0 ? &results->cases[best].setting : NULL;
}

/* jansson's setters take the value over, also when they fail. */
static json_t *triple(double value, double low, double high)
{
        return json_pack("[f,f,f]", value, low, high);
}

static int add_figures(const struct lab_results *results, const struct lab_case *one,
                       json_t *object)
{
        for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
                struct statistics of;
                int r = statistics_of_case(&of, one, figures[i].of, results->seed);
                if (r < 0)
                        return r;
                json_t *value = figures[i].interval ? triple(of.median, of.low, of.high)
                                                    : json_real(of.median);
                if (json_object_set_new(object, figures[i].name, value) < 0)
                        return -ENOMEM;
                if (figures[i].of == sample_bytes_per_second &&
                    json_object_set_new(object, "outliers", json_integer((json_int_t)of.outliers)) <
                            0)
                        return -ENOMEM;
        }
        return 0;
}

static int add_samples(const struct lab_case *one, size_t most, json_t *array)
{
        for (size_t i = 0; i < one->sample_count && i < most; i++) {
                const struct lab_sample *sample = &one->samples[i];
                if (json_array_append_new(array, json_pack("[i,f,f]", (int)sample->order,
                                                           sample_bytes_per_second(sample),
                                                           sample_cpu_seconds_per_gib(sample))) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* With the names that a person reads beside the fields of the results. */
static json_t *setting_object(const struct lab_setting *setting)
{
        char label[LAB_LABEL_SIZE], conditions[LAB_LABEL_SIZE];
        json_t *object = json_pack("{s:s,s:s}", "label", setting_label(setting, label),
                                   "conditions", setting_conditions(setting, conditions));
        if (object && fields_write(fields_setting, setting, object) == 0)
                return object;
        json_decref(object);
        return NULL;
}

static int add_cases(const struct lab_results *results, json_t *array)
{
        size_t count = cases_shown(results);
        size_t most = count ? FIGURES_SAMPLES_MAX / count : 0;

        assert(results->cases || results->case_count == 0);
        for (size_t i = 0; i < count; i++) {
                const struct lab_case *one = &results->cases[i];
                json_t *object = setting_object(&one->setting);
                json_t *of = json_object(), *samples = json_array();
                json_t *runs = json_integer((json_int_t)one->sample_count);
                if (json_array_append_new(array, object) < 0 ||
                    json_object_set_new(object, "figures", of) < 0 ||
                    json_object_set_new(object, "samples", samples) < 0 ||
                    json_object_set_new(object, "runs", runs) < 0)
                        return -ENOMEM;
                int r = fields_write(fields_case, one, object);
                if (r == 0)
                        r = add_figures(results, one, of);
                if (r == 0)
                        r = add_samples(one, most, samples);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_ratio(json_t *object, const char *name, const struct lab_case *one,
                     const struct lab_case *base, statistics_figure *figure, uint64_t seed)
{
        struct statistics_ratio ratio;
        int r = statistics_ratio_of_cases(&ratio, one, base, figure, seed);
        if (r == -EDOM)
                return 0;
        if (r < 0)
                return r;
        const char *says = statistics_shows_difference(&ratio) ? "difference"
                           : ratio.fewest < STATISTICS_FEWEST  ? "too few runs to tell"
                                                               : "no difference shown";
        json_t *made = json_pack("{s:o,s:s}", "value", triple(ratio.value, ratio.low, ratio.high),
                                 "says", says);
        return json_object_set_new(object, name, made) < 0 ? -ENOMEM : 0;
}

static int add_ratios(const struct lab_results *results, json_t *cases)
{
        for (size_t i = 0; i < cases_shown(results); i++) {
                const struct lab_case *one = &results->cases[i];
                const struct lab_case *base = results_base(results, &one->setting);
                char label[LAB_LABEL_SIZE];
                json_t *object = json_array_get(cases, i);
                if (!base || base == one)
                        continue;
                if (json_object_set_new(object, "base",
                                        json_string(setting_label(&base->setting, label))) < 0)
                        return -ENOMEM;
                int r = add_ratio(object, "cpu_ratio", one, base, sample_cpu_seconds_per_gib,
                                  results->seed);
                if (r == 0)
                        r = add_ratio(object, "speed_ratio", one, base, sample_bytes_per_second,
                                      results->seed);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_skipped(const struct lab_results *results, json_t *array)
{
        for (size_t i = 0; i < results->skipped_count && i < FIGURES_CASES_MAX; i++) {
                json_t *object = setting_object(&results->skipped[i].setting);
                if (json_array_append_new(array, object) < 0 ||
                    fields_write(fields_skipped, &results->skipped[i], object) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* As the console warns; empty where the machine was quiet and nobody interrupted. */
static json_t *warning(const struct lab_results *results)
{
        char buffer[NOISE_WARNING_SIZE], text[NOISE_WARNING_SIZE + 128];
        const char *noise = noise_warning(results, buffer);

        (void)snprintf(text, sizeof(text), "%s%s%s%s",
                       results->interrupted ? "The run was interrupted: there are fewer runs than "
                                              "were wanted, and cases may be missing. "
                                            : "",
                       noise ? "Noise: " : "", noise ? noise : "", noise ? "." : "");
        return json_string(text);
}

static int add_all(const struct lab_results *results, json_t *root)
{
        char conditions[LAB_LABEL_SIZE] = "";
        json_t *cases = json_array(), *skipped = json_array(), *environment = json_object();

        if (results->case_count > 0)
                (void)setting_conditions(figures_main_conditions(results), conditions);
        int failed = json_object_set_new(root, "cases", cases);
        failed |= json_object_set_new(root, "skipped", skipped);
        failed |= json_object_set_new(root, "environment", environment);
        failed |= json_object_set_new(root, "main", json_string(conditions));
        failed |= json_object_set_new(root, "warning", warning(results));
        failed |= json_object_set_new(root, "case_count",
                                      json_integer((json_int_t)results->case_count));
        if (failed)
                return -ENOMEM;
        int r = fields_write(fields_run, results, root);
        if (r == 0)
                r = fields_write(fields_environment, &results->environment, environment);
        if (r == 0)
                r = add_cases(results, cases);
        if (r == 0)
                r = add_ratios(results, cases);
        if (r == 0)
                r = add_skipped(results, skipped);
        return r;
}

int figures_make(const struct lab_results *results, json_t **ret_root)
{
        json_t *root = json_object();
        int r = root ? add_all(results, root) : -ENOMEM;
        if (r < 0) {
                json_decref(root);
                return r;
        }
        *ret_root = root;
        return 0;
}
