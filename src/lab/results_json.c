#include "lab/results_json.h"

#include <errno.h>
#include <string.h>

#include "lab/results_fields.h"

/* A ns in a day, and no digits that only a double has. */
#define PRECISION 15

/* ---- Writing ---- */

static int write_counts(const struct lab_sample *sample, json_t *object)
{
        json_t *counters = json_object(), *calls = json_object();
        const char *name;
        uint64_t ignored;
        int r = json_object_set_new(object, "counters", counters);

        if (json_object_set_new(object, "calls", calls) < 0)
                r = -1;
        for (int i = 0; r == 0 && i < SLUICE_COUNTERS; i++)
                r = json_object_set_new(counters, sluice_counter_name(i),
                                        json_integer((json_int_t)sample->counters[i]));
        for (size_t i = 0;
             r == 0 && i < LAB_CALLS_MAX && (name = sluice_process_calls(i, &ignored)); i++)
                if (sample->calls[i] > 0)
                        r = json_object_set_new(calls, name,
                                                json_integer((json_int_t)sample->calls[i]));
        return r < 0 ? -ENOMEM : 0;
}

static int write_samples(const struct lab_case *one, json_t *object)
{
        json_t *samples = json_array();
        if (json_object_set_new(object, "samples", samples) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < one->sample_count; i++) {
                json_t *sample = json_object();
                if (json_array_append_new(samples, sample) < 0)
                        return -ENOMEM;
                int r = fields_write(fields_sample, &one->samples[i], sample);
                if (r == 0)
                        r = write_counts(&one->samples[i], sample);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int write_cases(const struct lab_results *results, json_t *root)
{
        json_t *cases = json_array();
        if (json_object_set_new(root, "cases", cases) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < results->case_count; i++) {
                const struct lab_case *one = &results->cases[i];
                json_t *object = json_object();
                if (json_array_append_new(cases, object) < 0)
                        return -ENOMEM;
                int r = fields_write(fields_setting, &one->setting, object);
                if (r == 0)
                        r = fields_write(fields_case, one, object);
                if (r == 0)
                        r = write_samples(one, object);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int write_skipped(const struct lab_results *results, json_t *root)
{
        json_t *skipped = json_array();
        if (json_object_set_new(root, "skipped", skipped) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < results->skipped_count; i++) {
                json_t *object = json_object();
                if (json_array_append_new(skipped, object) < 0)
                        return -ENOMEM;
                int r = fields_write(fields_setting, &results->skipped[i].setting, object);
                if (r == 0)
                        r = fields_write(fields_skipped, &results->skipped[i], object);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int write_all(const struct lab_results *results, json_t *root)
{
        json_t *environment = json_object();
        if (json_object_set_new(root, "schema", json_string(RESULTS_SCHEMA)) < 0)
                return -ENOMEM;
        int r = fields_write(fields_run, results, root);
        if (r == 0 && json_object_set_new(root, "environment", environment) < 0)
                r = -ENOMEM;
        if (r == 0)
                r = fields_write(fields_environment, &results->environment, environment);
        if (r == 0)
                r = write_cases(results, root);
        if (r == 0)
                r = write_skipped(results, root);
        return r;
}

int results_write_json(const struct lab_results *results, FILE *out)
{
        json_t *root = json_object();
        if (!root)
                return -ENOMEM;
        int r = write_all(results, root);
        if (r == 0 && (json_dumpf(root, out, JSON_INDENT(1) | JSON_REAL_PRECISION(PRECISION)) < 0 ||
                       fputc('\n', out) == EOF))
                r = -EIO;
        json_decref(root);
        return r;
}

/* ---- Reading ---- */

struct reading {
        struct lab_results *results;
        const char *wrong; /* the name of what is missing or out of range */
};

static int read_counts(struct reading *reading, struct lab_sample *sample, const json_t *object)
{
        const json_t *counters = json_object_get(object, "counters");
        const json_t *calls = json_object_get(object, "calls");
        const char *name;
        uint64_t ignored;

        for (int i = 0; i < SLUICE_COUNTERS; i++) {
                json_int_t count =
                        json_integer_value(json_object_get(counters, sluice_counter_name(i)));
                if (count < 0) {
                        reading->wrong = sluice_counter_name(i);
                        return -EBADMSG;
                }
                sample->counters[i] = (uint64_t)count;
        }
        for (size_t i = 0; i < LAB_CALLS_MAX && (name = sluice_process_calls(i, &ignored)); i++) {
                json_int_t count = json_integer_value(json_object_get(calls, name));
                if (count < 0) {
                        reading->wrong = "calls";
                        return -EBADMSG;
                }
                sample->calls[i] = (uint64_t)count;
        }
        return 0;
}

static int read_case(struct reading *reading, const json_t *object)
{
        struct lab_setting setting = {0};
        const json_t *samples = json_object_get(object, "samples");

        int r = fields_read(fields_setting, &setting, object, &reading->wrong);
        if (r == 0)
                r = results_add_case(reading->results, &setting);
        if (r < 0)
                return r;
        struct lab_case *one = &reading->results->cases[reading->results->case_count - 1];
        r = fields_read(fields_case, one, object, &reading->wrong);
        for (size_t i = 0; r == 0 && i < json_array_size(samples); i++) {
                const json_t *from = json_array_get(samples, i);
                struct lab_sample sample = {0};
                r = fields_read(fields_sample, &sample, from, &reading->wrong);
                if (r == 0)
                        r = read_counts(reading, &sample, from);
                if (r == 0)
                        r = results_add_sample(one, &sample);
        }
        return r;
}

static int read_skipped(struct reading *reading, const json_t *object)
{
        struct lab_skipped skipped = {0};

        int r = fields_read(fields_setting, &skipped.setting, object, &reading->wrong);
        if (r == 0)
                r = fields_read(fields_skipped, &skipped, object, &reading->wrong);
        return r < 0 ? r : results_add_skipped(reading->results, &skipped.setting, skipped.reason);
}

static int read_all(struct reading *reading, const json_t *root)
{
        const char *schema = json_string_value(json_object_get(root, "schema"));
        const json_t *cases = json_object_get(root, "cases");
        const json_t *skipped = json_object_get(root, "skipped");

        reading->wrong = "schema";
        if (!schema || strcmp(schema, RESULTS_SCHEMA) != 0)
                return -EBADMSG;
        reading->wrong = "cases";
        if (!json_is_array(cases))
                return -EBADMSG;
        int r = fields_read(fields_run, reading->results, root, &reading->wrong);
        if (r == 0)
                r = fields_read(fields_environment, &reading->results->environment,
                                json_object_get(root, "environment"), &reading->wrong);
        for (size_t i = 0; r == 0 && i < json_array_size(cases); i++)
                r = read_case(reading, json_array_get(cases, i));
        for (size_t i = 0; r == 0 && i < json_array_size(skipped); i++)
                r = read_skipped(reading, json_array_get(skipped, i));
        return r;
}

int results_read_json(struct lab_results *ret_results, const char *path,
                      char error[static RESULTS_ERROR_SIZE])
{
        json_error_t where;
        FILE *file = fopen(path, "re");
        if (!file) {
                int r = -errno;
                (void)snprintf(error, RESULTS_ERROR_SIZE, "%s", strerror(-r));
                return r;
        }
        json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &where);
        (void)fclose(file);
        if (!root) {
                (void)snprintf(error, RESULTS_ERROR_SIZE, "no JSON: line %d: %s", where.line,
                               where.text);
                fields_make_printable(error);
                return -EBADMSG;
        }
        struct reading reading = {.results = ret_results};
        int r = read_all(&reading, root);
        const char *schema = json_string_value(json_object_get(root, "schema"));
        if (r == -EBADMSG && schema && strcmp(schema, RESULTS_SCHEMA) != 0)
                (void)snprintf(error, RESULTS_ERROR_SIZE,
                               "its schema is '%.60s', and this sluice reads " RESULTS_SCHEMA
                               " only",
                               schema);
        else if (r == -EBADMSG)
                (void)snprintf(error, RESULTS_ERROR_SIZE,
                               "no results of schema " RESULTS_SCHEMA
                               ": '%s' is missing or out of range",
                               reading.wrong);
        else if (r < 0)
                (void)snprintf(error, RESULTS_ERROR_SIZE, "%s", strerror(-r));
        if (r < 0)
                fields_make_printable(error);
        json_decref(root);
        return r;
}
