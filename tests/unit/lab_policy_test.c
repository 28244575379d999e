#include "lab_unit.h"

#include <errno.h>

#include "lab/policy.h"

#define RUNS 10

/* A case whose samples took about this much CPU and time for a GiB. */
static void add_case(struct lab_results *results, const char *method, enum lab_cache cache,
                     uint64_t cpu_ms, uint64_t wall_ms)
{
        struct lab_setting setting = {.cache = cache, .connections = 1, .size_bytes = 1 << 20};
        (void)snprintf(setting.method, sizeof(setting.method), "%s", method);
        assert_int_equal(results_add_case(results, &setting), 0);
        for (uint64_t i = 0; i < RUNS; i++) {
                const struct lab_sample sample = {
                        .wall_ns = (wall_ms * 100 + i) * 10000,
                        .cpu_system_ns = (cpu_ms * 100 + i) * 10000,
                        .counters = {[SLUICE_BYTES_SENT] = LAB_GIB},
                };
                assert_int_equal(
                        results_add_sample(&results->cases[results->case_count - 1], &sample), 0);
        }
}

/* memory_us: of each size; sendfile takes 10 us for all. */
static void fill_bodies(struct small_body *bodies, const double *memory_us)
{
        for (size_t i = 0; i < SMALL_BODIES_SIZES; i++) {
                bodies[i].size_bytes = (uint64_t)4096 << i;
                for (size_t j = 0; j < SMALL_BODIES_RUNS; j++) {
                        double scatter = 1 + 0.001 * (double)j;
                        bodies[i].memory_seconds[j] = memory_us[i] * scatter / 1e6;
                        bodies[i].sendfile_seconds[j] = 10 * scatter / 1e6;
                }
        }
}

/* cpu_ms: of each; the usual one takes 100. */
static void fill_steps(struct step_size *steps, const uint64_t *cpu_ms)
{
        for (size_t i = 0; i < STEP_SIZES; i++) {
                steps[i] = (struct step_size){.bytes = (uint64_t)262144 << i};
                for (uint64_t j = 0; j < RUNS; j++) {
                        const struct lab_sample sample = {
                                .cpu_system_ns = (cpu_ms[i] * 100 + j) * 10000,
                                .counters = {[SLUICE_BYTES_SENT] = LAB_GIB},
                        };
                        assert_int_equal(results_add_sample(&steps[i].figures, &sample), 0);
                }
        }
}

static const char *value_of(const struct policy *policy, const char *key)
{
        for (size_t i = 0; i < policy->count; i++)
                if (policy->lines[i].key && strcmp(policy->lines[i].key, key) == 0)
                        return policy->lines[i].value;
        return "(none)";
}

static const double memory_wins[SMALL_BODIES_SIZES] = {5, 5, 6, 8, 12, 15, 20};
static const uint64_t all_steps_alike[STEP_SIZES] = {100, 100, 100, 100, 100};

static void decisions(void **state)
{
        static const struct {
                uint64_t splice_cpu_ms, direct_wall_ms;
                double memory_us[SMALL_BODIES_SIZES];
                const char *method, *small_file, *guard;
        } cases[] = {
                {100, 1000, {5, 5, 6, 8, 12, 15, 20}, "auto", "(none)", "25"},
                {50, 1000, {5, 5, 6, 8, 8, 15, 20}, "splice", "64K", "25"},
                {150, 1000, {5, 5, 6, 12, 12, 15, 20}, "auto", "16K", "25"},
                {100, 5000, {5, 5, 6, 10, 12, 15, 20}, "auto", "(none)", "0"},
                /* Never, always, and one that proves nothing between. */
                {100, 1000, {12, 12, 12, 12, 12, 12, 12}, "auto", "0K", "25"},
                {100, 1000, {5, 5, 5, 5, 5, 5, 5}, "auto", "256K", "25"},
                {100, 1000, {5, 10, 6, 12, 6, 6, 6}, "auto", "16K", "25"},
                {100, 1000, {5, 10, 10, 10, 10, 6, 12}, "auto", "128K", "25"},
                {100, 1000, {10, 10, 12, 10, 5, 5, 5}, "auto", "8K", "25"},
                /* Nothing is shown: the server's own. */
                {100, 1000, {10, 10, 10, 10, 10, 10, 10}, "auto", "(none)", "25"},
        };
        (void)state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct lab_results results = {.seed = 1};
                struct small_body bodies[SMALL_BODIES_SIZES];
                struct step_size steps[STEP_SIZES];
                struct policy policy;

                fill_steps(steps, all_steps_alike);
                add_case(&results, "sendfile", LAB_WARM, 100, 200);
                add_case(&results, "splice", LAB_WARM, cases[i].splice_cpu_ms, 200);
                add_case(&results, "sendfile", LAB_COLD, 100, 900);
                add_case(&results, "direct", LAB_COLD, 100, cases[i].direct_wall_ms);
                fill_bodies(bodies, cases[i].memory_us);
                assert_int_equal(policy_decide(&policy, &results, bodies, steps), 0);
                assert_string_equal(value_of(&policy, "method"), cases[i].method);
                assert_string_equal(value_of(&policy, "small-file"), cases[i].small_file);
                assert_string_equal(value_of(&policy, "cache-guard"), cases[i].guard);
                assert_string_equal(value_of(&policy, "step-size"), "(none)");
                step_sizes_done(steps);
                results_done(&results);
        }
}

static void what_could_not_be_measured_decides_nothing(void **state)
{
        struct lab_results results = {.seed = 1};
        struct small_body bodies[SMALL_BODIES_SIZES];
        struct step_size steps[STEP_SIZES];
        struct policy policy;
        (void)state;

        add_case(&results, "sendfile", LAB_WARM, 100, 200);
        fill_bodies(bodies, memory_wins);
        fill_steps(steps, all_steps_alike);
        assert_int_equal(policy_decide(&policy, &results, bodies, steps), 0);
        step_sizes_done(steps);
        assert_string_equal(value_of(&policy, "method"), "auto");
        assert_string_equal(value_of(&policy, "cache-guard"), "0");
        results_done(&results);
}

/* Its median is below what is worth it, its interval reaches beyond: that shows nothing. */
static void the_guard_stays_unless_its_cost_is_shown(void **state)
{
        struct lab_results results = {.seed = 1};
        struct small_body bodies[SMALL_BODIES_SIZES];
        struct step_size steps[STEP_SIZES];
        struct policy policy;
        (void)state;

        add_case(&results, "sendfile", LAB_WARM, 100, 200);
        add_case(&results, "sendfile", LAB_COLD, 100, 660);
        add_case(&results, "direct", LAB_COLD, 100, 1000);
        for (size_t i = 0; i < RUNS; i++)
                results.cases[2].samples[i].wall_ns += (uint64_t)(i % 2 ? 250 : 0) * 1000000 -
                                                       (uint64_t)(i % 2 ? 0 : 250) * 1000000;
        fill_bodies(bodies, memory_wins);
        fill_steps(steps, all_steps_alike);
        assert_int_equal(policy_decide(&policy, &results, bodies, steps), 0);
        assert_string_equal(value_of(&policy, "cache-guard"), "25");
        step_sizes_done(steps);
        results_done(&results);
}

static void a_step_must_be_clearly_cheaper(void **state)
{
        static const struct {
                uint64_t cpu_ms[STEP_SIZES];
                const char *value;
        } cases[] = {
                {{100, 100, 100, 100, 100}, "(none)"}, {{200, 150, 120, 100, 100}, "(none)"},
                {{100, 80, 90, 100, 100}, "512K"},     {{100, 80, 90, 100, 70}, "4096K"},
                {{100, 100, 98, 100, 97}, "(none)"},
        };
        (void)state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct lab_results results = {.seed = 1};
                struct small_body bodies[SMALL_BODIES_SIZES];
                struct step_size steps[STEP_SIZES];
                struct policy policy;

                fill_bodies(bodies, memory_wins);
                fill_steps(steps, cases[i].cpu_ms);
                assert_int_equal(policy_decide(&policy, &results, bodies, steps), 0);
                assert_string_equal(value_of(&policy, "step-size"), cases[i].value);
                step_sizes_done(steps);
                results_done(&results);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(decisions),
                cmocka_unit_test(the_guard_stays_unless_its_cost_is_shown),
                cmocka_unit_test(a_step_must_be_clearly_cheaper),
                cmocka_unit_test(what_could_not_be_measured_decides_nothing),
        };
        return cmocka_run_group_tests(tests, load_libraries, NULL);
}
