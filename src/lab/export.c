#include "lab/export.h"

#include <errno.h>

#include "base/clock.h"
#include "base/number.h"
#include "lab/statistics.h"

static double seconds(uint64_t ns)
{
        return (double)ns / (double)NS_PER_S;
}

static void csv_head(FILE *out)
{
        (void)fputs("method,tls,buffer_bytes,size_bytes,cache,connections,receiver,path,order,"
                    "transfers,"
                    "wall_seconds,first_byte_seconds,cpu_user_seconds,cpu_system_seconds,"
                    "switches_voluntary,switches_involuntary,faults_minor,faults_major,"
                    "disk_bytes,cache_growth_bytes,peak_memory_bytes",
                    out);
        for (int i = 0; i < SLUICE_COUNTERS; i++)
                (void)fprintf(out, ",%s", sluice_counter_name(i));
        (void)fputs("\r\n", out);
}

static void csv_line(FILE *out, const struct lab_setting *setting, const struct lab_sample *sample)
{
        /* No name has a comma or a quotation mark. */
        (void)fprintf(out, "%s,%s,%ju,%ju,%s,%u,%s,%s,%u,%u,", setting->method,
                      lab_tls_name(setting->tls), (uintmax_t)setting->buffer_bytes,
                      (uintmax_t)setting->size_bytes, lab_cache_name(setting->cache),
                      setting->connections, lab_receiver_name(setting->receiver),
                      lab_path_name(setting->path), sample->order, sample->transfers);
        (void)fprintf(out, "%.9f,%.9f,%.9f,%.9f,%ju,%ju,%ju,%ju,%ju,%ju,%ju",
                      seconds(sample->wall_ns), seconds(sample->first_byte_ns),
                      seconds(sample->cpu_user_ns), seconds(sample->cpu_system_ns),
                      (uintmax_t)sample->switches_voluntary,
                      (uintmax_t)sample->switches_involuntary, (uintmax_t)sample->faults_minor,
                      (uintmax_t)sample->faults_major, (uintmax_t)sample->disk_bytes,
                      (uintmax_t)sample->cache_growth_bytes, (uintmax_t)sample->peak_memory_bytes);
        for (int i = 0; i < SLUICE_COUNTERS; i++)
                (void)fprintf(out, ",%ju", (uintmax_t)sample->counters[i]);
        (void)fputs("\r\n", out);
}

int export_csv(const struct lab_results *results, FILE *out)
{
        csv_head(out);
        for (size_t i = 0; i < results->case_count; i++)
                for (size_t j = 0; j < results->cases[i].sample_count; j++)
                        csv_line(out, &results->cases[i].setting, &results->cases[i].samples[j]);
        return ferror(out) ? -EIO : 0;
}

int export_markdown(const struct lab_results *results, FILE *out)
{
        char label[LAB_LABEL_SIZE], conditions[LAB_LABEL_SIZE];

        (void)fputs("| Method | Conditions | Rate [B/s] | 95 % | CPU [s/GiB] | 95 % | Calls/GiB | "
                    "Copies/B | Runs |\n|:---|:---|---:|:---|---:|:---|---:|---:|---:|\n",
                    out);
        for (size_t i = 0; i < results->case_count; i++) {
                const struct lab_case *one = &results->cases[i];
                struct statistics rate, cpu;
                int r = statistics_of_case(&rate, one, sample_bytes_per_second, results->seed);
                if (r == 0)
                        r = statistics_of_case(&cpu, one, sample_cpu_seconds_per_gib,
                                               results->seed);
                if (r < 0)
                        return r;
                if (one->sample_count == 0)
                        continue;
                const struct lab_sample *last = &one->samples[one->sample_count - 1];
                double copies = sample_per_byte(last, SLUICE_BYTES_COPIED_IN) +
                                sample_per_byte(last, SLUICE_BYTES_COPIED_OUT) +
                                sample_per_byte(last, SLUICE_BYTES_COPIED_BY_KERNEL);
                (void)fprintf(out,
                              "| `%s` | %s | %.0f | %.0f – %.0f | %.4f | %.4f – %.4f | %.0f | "
                              "%.2g | %zu |\n",
                              setting_label(&one->setting, label),
                              setting_conditions(&one->setting, conditions), rate.median, rate.low,
                              rate.high, cpu.median, cpu.low, cpu.high,
                              sample_per_gib(last, last->counters[SLUICE_SYSTEM_CALLS]), copies,
                              rate.count);
        }
        return ferror(out) ? -EIO : 0;
}
