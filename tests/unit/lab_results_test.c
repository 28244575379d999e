#include "lab_unit.h"

#include <errno.h>

#include "lab/results_json.h"

static const struct lab_setting setting = {
        .method = "copy",
        .buffer_bytes = 4096,
        .size_bytes = UINT64_C(128) << 20,
        .connections = 16,
        .cache = LAB_COLD,
        .receiver = LAB_DISCARD,
        .path = LAB_UNIX,
};

static void fill(struct lab_results *results)
{
        struct lab_sample sample = {
                .order = 3,
                .transfers = 1,
                .wall_ns = 86400123456789,
                .cpu_system_ns = 1,
                .counters = {[SLUICE_BYTES_SENT] = LAB_GIB, [SLUICE_BYTES_COPIED_IN] = 2 * LAB_GIB},
                .calls = {5},
        };
        *results = (struct lab_results){.mode = "quick", .seed = 42, .case_ns = 1500000000};
        (void)strcpy(results->environment.kernel, "Linux");
        assert_int_equal(results_add_case(results, &setting), 0);
        for (int i = 0; i < 5; i++)
                assert_int_equal(results_add_sample(&results->cases[0], &sample), 0);
        assert_int_equal(results_add_skipped(results, &setting, "no \"reason\""), 0);
}

static void write_to(const struct lab_results *results, const char *path)
{
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(results_write_json(results, file), 0);
        assert_int_equal(fclose(file), 0);
}

static void what_is_written_is_read(void **state)
{
        char path[] = "/tmp/sluice-results-XXXXXX", error[RESULTS_ERROR_SIZE];
        struct lab_results results, again = {0};
        (void)state;

        int fd = mkstemp(path);
        assert_true(fd >= 0);
        fill(&results);
        write_to(&results, path);
        assert_int_equal(results_read_json(&again, path, error), 0);
        assert_int_equal(again.case_count, 1);
        assert_true(setting_equal(&again.cases[0].setting, &setting));
        assert_int_equal(again.cases[0].sample_count, 5);
        assert_memory_equal(&again.cases[0].samples[4], &results.cases[0].samples[4],
                            sizeof(struct lab_sample));
        assert_memory_equal(&again.environment, &results.environment, sizeof(results.environment));
        assert_int_equal(again.seed, 42);
        assert_int_equal(again.case_ns, 1500000000);
        assert_string_equal(again.skipped[0].reason, "no \"reason\"");
        results_done(&results);
        results_done(&again);
        (void)close(fd);
        (void)unlink(path);
}

static void what_is_no_results_file_is_refused(void **state)
{
        static const struct {
                const char *text, *error;
        } cases[] = {
                {"{", "no JSON"},
                {"{}", "'schema'"},
                {"{\"schema\": \"sluice-lab/2\", \"cases\": []}",
                 "its schema is 'sluice-lab/2', and this sluice reads sluice-lab/1"},
                {"{\"schema\": \"sluice-lab/1\"}", "'cases'"},
                {"{\"schema\": \"sluice-lab/1\", \"cases\": [], \"mode\": \"a name too long for "
                 "it\"}",
                 "'mode'"},
                {"{\"schema\": \"sluice-lab/1\", \"cases\": [], \"mode\": \"full\", \"seed\": -1}",
                 "'seed'"},
        };
        char path[] = "/tmp/sluice-results-XXXXXX", error[RESULTS_ERROR_SIZE];
        (void)state;

        int fd = mkstemp(path);
        assert_true(fd >= 0);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct lab_results results = {0};
                assert_int_equal(ftruncate(fd, 0), 0);
                assert_true(pwrite(fd, cases[i].text, strlen(cases[i].text), 0) > 0);
                assert_int_equal(results_read_json(&results, path, error), -EBADMSG);
                assert_non_null(strstr(error, cases[i].error));
                results_done(&results);
        }
        (void)close(fd);
        (void)unlink(path);
        struct lab_results results = {0};
        assert_int_equal(results_read_json(&results, path, error), -ENOENT);
}

/* What the command line would refuse is refused in a file as well. */
static void what_cannot_be_measured_is_refused(void **state)
{
        static const struct {
                const char *member;
                uint64_t size_bytes, buffer_bytes;
                uint32_t connections;
        } cases[] = {
                {"'size_bytes'", 0, 0, 1},
                {"'size_bytes'", (UINT64_C(1) << 40) + 1, 0, 1},
                {"'connections'", 1, 0, 0},
                {"'connections'", 1, 0, 1000000000},
                {"'buffer_bytes'", 1, (UINT64_C(256) << 20) + 1, 1},
                {"", UINT64_C(1) << 40, UINT64_C(256) << 20, 1024},
        };
        (void)state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char path[] = "/tmp/sluice-results-XXXXXX", error[RESULTS_ERROR_SIZE] = "";
                struct lab_results results, again = {0};
                int fd = mkstemp(path);
                assert_true(fd >= 0);
                fill(&results);
                results.interrupted = true;
                results.cases[0].setting.size_bytes = cases[i].size_bytes;
                results.cases[0].setting.buffer_bytes = cases[i].buffer_bytes;
                results.cases[0].setting.connections = cases[i].connections;
                write_to(&results, path);
                int r = results_read_json(&again, path, error);
                assert_int_equal(r, cases[i].member[0] ? -EBADMSG : 0);
                assert_non_null(strstr(error, cases[i].member));
                assert_true(again.interrupted);
                results_done(&results);
                results_done(&again);
                (void)close(fd);
                (void)unlink(path);
        }
}

static void settings_are_named(void **state)
{
        char buffer[LAB_LABEL_SIZE];
        struct lab_setting other = setting;
        (void)state;

        assert_string_equal(setting_label(&setting, buffer), "copy 4K");
        assert_string_equal(setting_conditions(&setting, buffer),
                            "128.0 MiB, cold, 16 connections, unix, discarded");
        other.buffer_bytes = 0;
        assert_string_equal(setting_label(&other, buffer), "copy");
        assert_true(setting_same_conditions(&setting, &other));
        assert_false(setting_equal(&setting, &other));
}

static void samples_are_told_a_gib(void **state)
{
        struct lab_results results;
        (void)state;

        fill(&results);
        struct lab_sample *sample = &results.cases[0].samples[0];
        sample->wall_ns = 500000000;
        sample->cpu_user_ns = 100000000;
        sample->cpu_system_ns = 200000000;
        assert_true(sample_bytes_per_second(sample) == 2.0 * (double)LAB_GIB);
        assert_true(sample_cpu_seconds_per_gib(sample) == 0.3);
        assert_true(sample_per_byte(sample, SLUICE_BYTES_COPIED_IN) == 2);
        sample->counters[SLUICE_BYTES_SENT] = 0;
        assert_true(sample_cpu_seconds_per_gib(sample) == 0);
        results_done(&results);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_written_is_read),
                cmocka_unit_test(what_is_no_results_file_is_refused),
                cmocka_unit_test(what_cannot_be_measured_is_refused),
                cmocka_unit_test(settings_are_named),
                cmocka_unit_test(samples_are_told_a_gib),
        };
        return cmocka_run_group_tests(tests, load_libraries, NULL);
}
