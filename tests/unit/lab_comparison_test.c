#include "lab_unit.h"

#include <math.h>
#include <stdlib.h>

#include "lab/between_runs.h"
#include "lab/comparison.h"
#include "lab/random.h"

#define RUNS 10
#define PAIRS 60

/* A machine: sigmas of what is the same for a whole run, for a case of it, and for a
 * sample. */
struct noise {
        double run, one, sample;
};

/* Twelve even ones make one that is nearly normal. */
static double normal(uint64_t *state)
{
        double sum = -6;
        for (int i = 0; i < 12; i++)
                sum += (double)random_below(state, 1000001) / 1e6;
        return sum;
}

/* faster: by how much case 0 really is. */
static void measure(struct lab_results *ret, size_t cases, const struct noise *noise, double faster,
                    uint64_t *state)
{
        *ret = (struct lab_results){.seed = 3};
        double run = noise->run * normal(state);
        for (size_t i = 0; i < cases; i++) {
                struct lab_setting setting = {.size_bytes = i + 1, .connections = 1};
                (void)strcpy(setting.method, "copy");
                assert_int_equal(results_add_case(ret, &setting), 0);
                double one = run + noise->one * normal(state);
                for (size_t j = 0; j < RUNS; j++) {
                        double slow = exp(one + noise->sample * normal(state));
                        if (i == 0)
                                slow /= faster;
                        const struct lab_sample sample = {
                                .wall_ns = (uint64_t)(1e9 * slow),
                                .cpu_system_ns = (uint64_t)(5e8 * slow),
                                .counters = {[SLUICE_BYTES_SENT] = LAB_GIB},
                        };
                        assert_int_equal(results_add_sample(&ret->cases[i], &sample), 0);
                }
        }
}

/* Heap. */
static char *compare(const struct lab_results *before, const struct lab_results *after)
{
        const struct report_style style = {0};
        char *text = NULL;
        size_t length;
        FILE *out = open_memstream(&text, &length);
        assert_non_null(out);
        assert_int_equal(comparison_print(before, after, &style, out), 0);
        assert_int_equal(fclose(out), 0);
        return text;
}

static int occurrences(const char *text, const char *word)
{
        int count = 0;
        for (; (text = strstr(text, word)); text += strlen(word))
                count++;
        return count;
}

static int differences(const char *text)
{
        return occurrences(text, "  better\n") + occurrences(text, "  worse\n");
}

/* Of sixty pairs of runs, the lines of case 0 and those of the others that see a
 * difference, both in parts of a thousand. */
static void verdicts(size_t cases, const struct noise *noise, double faster, int *ret_first,
                     int *ret_rest)
{
        uint64_t state = 11;
        int first = 0, rest = 0;

        for (int i = 0; i < PAIRS; i++) {
                struct lab_results before, after;
                measure(&before, cases, noise, 1, &state);
                measure(&after, cases, noise, faster, &state);
                char *text = compare(&before, &after), *second = strstr(text, "copy (2 B");
                if (second) {
                        rest += differences(second);
                        *second = '\0';
                }
                first += differences(text);
                free(text);
                results_done(&before);
                results_done(&after);
        }
        *ret_first = first * 1000 / (2 * PAIRS);
        *ret_rest = cases > 1 ? rest * 1000 / (2 * PAIRS * (int)(cases - 1)) : 0;
}

/* At most one line of twenty may see a difference where there is none. */
static void runs_of_the_same_do_not_differ(void **state)
{
        static const struct {
                size_t cases;
                struct noise noise;
        } machines[] = {
                {12, {0, 0, .03}},   {12, {.1, .03, .05}}, {12, {.3, .1, .1}},  {12, {.1, 0, .02}},
                {12, {0, .1, .02}},  {4, {.1, .03, .05}},  {5, {.2, .05, .05}}, {2, {.1, .03, .05}},
                {3, {.1, .03, .05}}, {1, {.05, .03, .05}},
        };
        (void)state;

        for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
                int first, rest;
                verdicts(machines[i].cases, &machines[i].noise, 1, &first, &rest);
                print_message("%zu cases, sigma %.2f %.2f %.2f: %d and %d of 1000\n",
                              machines[i].cases, machines[i].noise.run, machines[i].noise.one,
                              machines[i].noise.sample, first, rest);
                assert_in_range(rest, 0, 50);
                assert_in_range(first, 0, 80); /* of 120 lines only: by chance a few more */
        }
}

/* And what did change is still seen, without the others being blamed. */
static void a_real_difference_is_seen(void **state)
{
        const struct noise quiet = {.02, .01, .03}, usual = {.1, .03, .05};
        int first, rest;
        (void)state;

        verdicts(12, &quiet, 1.3, &first, &rest);
        assert_in_range(first, 950, 1000);
        assert_in_range(rest, 0, 50);
        verdicts(12, &usual, 2, &first, &rest);
        assert_in_range(first, 950, 1000);
        assert_in_range(rest, 0, 50);
        verdicts(2, &usual, 2, &first, &rest);
        assert_in_range(first, 900, 1000);
        assert_in_range(rest, 0, 50);
}

static void what_all_have_in_common_is_the_machine(void **state)
{
        const struct noise none = {0, 0, .01}, machine = {.3, 0, .01};
        uint64_t seed = 5;
        struct lab_results before, after;
        (void)state;

        measure(&before, 6, &none, 1, &seed);
        seed = 6;
        measure(&after, 6, &machine, 1, &seed);
        char *text = compare(&before, &after);
        assert_int_equal(occurrences(text, "all cases moved the same way, to "), 2);
        assert_int_equal(occurrences(text, "no difference shown"), 12);
        assert_non_null(strstr(text, "intervals hold within a run"));
        free(text);
        results_done(&after);
        measure(&after, 6, &none, 1, &seed);
        text = compare(&before, &after);
        assert_int_equal(occurrences(text, "the same way"), 0);
        free(text);
        results_done(&before);
        results_done(&after);
}

static void warnings_of_both_runs(void **state)
{
        const struct noise none = {0, 0, .01}, loud = {0, 0, .4};
        uint64_t seed = 5;
        struct lab_results before, after;
        (void)state;

        measure(&before, 2, &loud, 1, &seed);
        measure(&after, 2, &none, 1, &seed);
        after.interrupted = true;
        for (size_t i = 0; i < after.case_count; i++)
                after.cases[i].sample_count = 5;
        char *text = compare(&before, &after);
        assert_non_null(strstr(text, "Warning: before, the rate of 2 of 2 cases scatters"));
        assert_null(strstr(text, "Warning: now, the rate"));
        assert_non_null(strstr(text, "Warning: now, the run was interrupted"));
        assert_int_equal(occurrences(text, "too few runs to tell"), 4);
        free(text);
        results_done(&before);
        results_done(&after);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(runs_of_the_same_do_not_differ),
                cmocka_unit_test(a_real_difference_is_seen),
                cmocka_unit_test(what_all_have_in_common_is_the_machine),
                cmocka_unit_test(warnings_of_both_runs),
        };
        return cmocka_run_group_tests(tests, load_libraries, NULL);
}
