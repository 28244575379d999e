#include "lab/report_drawings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lab/drawing.h"
#include "lab/report_figures.h"

bool report_draws(const struct lab_results *results, const struct lab_case *one)
{
        const struct lab_setting *of_all = figures_main_conditions(results);

        return of_all && one->sample_count > 0 && one->setting.size_bytes == of_all->size_bytes &&
               one->setting.connections == of_all->connections &&
               one->setting.receiver == of_all->receiver;
}

void report_drawing_name(const struct lab_case *one, char name[static REPORT_DRAWING_NAME_SIZE])
{
        char label[LAB_LABEL_SIZE];

        (void)snprintf(name, REPORT_DRAWING_NAME_SIZE, "%s-%s-%s",
                       setting_label(&one->setting, label), lab_cache_name(one->setting.cache),
                       lab_path_name(one->setting.path));
        for (char *at = name; *at; at++)
                *at = isalnum((unsigned char)*at) ? (char)tolower((unsigned char)*at) : '-';
}

/* The lower median, so that it is one of them. */
static const struct lab_sample *median_sample(const struct lab_case *one)
{
        for (size_t i = 0; i < one->sample_count; i++) {
                size_t before = 0;
                for (size_t j = 0; j < one->sample_count; j++)
                        before += one->samples[j].wall_ns < one->samples[i].wall_ns ||
                                  (j < i && one->samples[j].wall_ns == one->samples[i].wall_ns);
                if (before == (one->sample_count - 1) / 2)
                        return &one->samples[i];
        }
        return NULL;
}

static const char *sink_note(const struct lab_setting *setting)
{
        static const char *const notes[LAB_PATHS][LAB_RECEIVERS] = {
                [LAB_LOOPBACK] = {"over loopback", "loopback, discards"},
                [LAB_UNIX] = {"over a unix socket", "unix socket, discards"},
                [LAB_VETH] = {"over a veth pair", "veth pair, discards"},
                [LAB_REMOTE] = {NULL, NULL},
        };
        return notes[setting->path][setting->receiver];
}

static size_t calls_of(const struct lab_sample *sample, struct path_call *calls)
{
        const char *name;
        uint64_t ignored;
        size_t count = 0;

        for (size_t i = 0; i < LAB_CALLS_MAX && (name = sluice_process_calls(i, &ignored)); i++)
                if (sample->calls[i] > 0)
                        calls[count++] = (struct path_call){name, sample->calls[i]};
        return count;
}

/* That nothing was read can be believed only of a method that takes a warm file
 * from the page cache: not every file system counts what it reads. */
static bool disk_is_known(const struct lab_setting *setting, const struct path_counts *counts)
{
        struct path path;
        char method[LAB_LABEL_SIZE];
        if (counts->bytes_from_disk > 0)
                return true;
        if (path_trace(setting_method(setting, method), counts, &path) < 0 || !path.page_cache)
                return false;
        return setting->cache == LAB_WARM;
}

int report_drawing_write(struct text *text, const struct lab_case *one)
{
        const struct lab_setting *setting = &one->setting;
        const struct lab_sample *sample = median_sample(one);
        char id[REPORT_DRAWING_NAME_SIZE], label[LAB_LABEL_SIZE], heading[LAB_LABEL_SIZE + 32];
        char method[LAB_LABEL_SIZE];
        struct path_call calls[LAB_CALLS_MAX];

        if (!sample)
                return -ENODATA;
        struct path_counts counts = {
                .bytes_sent = sample->counters[SLUICE_BYTES_SENT],
                .bytes_copied_in = sample->counters[SLUICE_BYTES_COPIED_IN],
                .bytes_copied_out = sample->counters[SLUICE_BYTES_COPIED_OUT],
                .bytes_copied_by_kernel = sample->counters[SLUICE_BYTES_COPIED_BY_KERNEL],
                .bytes_from_disk = sample->disk_bytes,
                .sink = setting->path == LAB_REMOTE ? "network card" : "receiver",
                .sink_is_device = setting->path == LAB_REMOTE,
                .sink_note = sink_note(setting),
                .calls = calls,
                .call_count = calls_of(sample, calls),
                .waits = sample->counters[SLUICE_WAITS],
        };
        counts.disk_known = disk_is_known(setting, &counts);
        report_drawing_name(one, id);
        (void)snprintf(heading, sizeof(heading), "%s, %s", setting_label(setting, label),
                       lab_cache_name(setting->cache));
        return drawing_write(text, id, heading, setting_method(setting, method), &counts);
}
