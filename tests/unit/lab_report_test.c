#include "lab_unit.h"

#include <stdlib.h>

#include "lab/report_summary.h"
#include "lab/report_text.h"

/* runs samples that send a GiB in about so many ms of time and CPU, give or take
 * scatter of a hundred. */
static void add_case(struct lab_results *results, const char *method, uint64_t runs, uint64_t ms,
                     uint64_t scatter)
{
        struct lab_setting setting = {.connections = 1, .size_bytes = 1 << 20};
        (void)snprintf(setting.method, sizeof(setting.method), "%s", method);
        assert_int_equal(results_add_case(results, &setting), 0);
        for (uint64_t i = 0; i < runs; i++) {
                /* Up and down in turn, so that no run resembles its neighbour. */
                uint64_t part = scatter * (i / 2 + 1) * 2 / runs;
                uint64_t ns = ms * 10000 * (i % 2 ? 100 + part : 100 - part);
                const struct lab_sample sample = {
                        .transfers = 1,
                        .wall_ns = ns,
                        .cpu_system_ns = ns,
                        .counters = {[SLUICE_BYTES_SENT] = LAB_GIB},
                };
                assert_int_equal(
                        results_add_sample(&results->cases[results->case_count - 1], &sample), 0);
        }
}

/* Heap. */
static char *summary_of(const struct lab_results *results)
{
        const struct report_style style = {0};
        char *text = NULL;
        size_t length;
        FILE *out = open_memstream(&text, &length);
        assert_non_null(out);
        assert_int_equal(report_summary(results, &style, out), 0);
        assert_int_equal(fclose(out), 0);
        return text;
}

/* splice's interval holds sendfile's and nearly copy's median: that ties it to
 * sendfile, and copy and mmap to neither. */
static void a_wide_interval_ties_nobody_behind_it(void **state)
{
        struct lab_results results = {.seed = 1};
        (void)state;

        add_case(&results, "sendfile", 12, 100, 1);
        add_case(&results, "splice", 12, 110, 60);
        add_case(&results, "copy", 12, 130, 1);
        add_case(&results, "mmap", 12, 150, 1);
        char *text = summary_of(&results);
        assert_non_null(strstr(text, "Least CPU: 1. sendfile  1. splice  3. copy  4. mmap\n"));
        assert_non_null(strstr(text, "Fastest  : 1. sendfile  1. splice  3. copy  4. mmap\n"));
        free(text);
        results_done(&results);
}

static void too_few_runs_give_no_places(void **state)
{
        struct lab_results results = {.seed = 1};
        (void)state;

        add_case(&results, "copy", 12, 200, 1);
        add_case(&results, "sendfile", 5, 100, 1);
        char *text = summary_of(&results);
        assert_non_null(strstr(text, "Least CPU: too few runs for places\n"));
        assert_null(strstr(text, "1. "));
        assert_non_null(strstr(text, ", too few runs to tell) of copy's CPU"));
        free(text);
        results_done(&results);
}

/* What is printed is what decides. */
static void the_interval_is_the_ratio_s(void **state)
{
        struct lab_results results = {.seed = 1};
        (void)state;

        add_case(&results, "copy", 12, 200, 0);
        add_case(&results, "sendfile", 12, 100, 0);
        add_case(&results, "splice", 12, 190, 30);
        char *text = summary_of(&results);
        assert_non_null(strstr(text, "sendfile took 0.50 (0.50 … 0.50) of copy's CPU and ran 2.00 "
                                     "(2.00 … 2.00) times as fast\n"));
        assert_non_null(strstr(text, ", no difference shown) of copy's CPU"));
        assert_null(strstr(text, "±"));
        free(text);
        results_done(&results);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_wide_interval_ties_nobody_behind_it),
                cmocka_unit_test(too_few_runs_give_no_places),
                cmocka_unit_test(the_interval_is_the_ratio_s),
        };
        return cmocka_run_group_tests(tests, load_libraries, NULL);
}
