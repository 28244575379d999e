#include "unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "lab/plan.h"
#include "lab/run_time.h"
#include "lab/statistics.h"

/* A run of a mode whose samples take so long each, and that began a while ago. */
struct fixture {
        struct lab_results results;
        struct run_options options;
        struct run run;
};

static void begin(struct fixture *fixture, const char *mode, uint64_t run_ns, uint64_t ago_ns)
{
        const struct plan_wish wish = {.mode = mode};
        *fixture = (struct fixture){0};
        (void)snprintf(fixture->results.mode, sizeof(fixture->results.mode), "%s", mode);
        assert_int_equal(plan_make(&fixture->results, &wish), 0);
        fixture->options = (struct run_options){
                .time = plan_time_of(&fixture->results),
                .in_time = true,
        };
        fixture->run = (struct run){
                .results = &fixture->results,
                .options = &fixture->options,
                .cases = calloc(fixture->results.case_count, sizeof(struct run_case)),
                .began_ns = clock_monotonic_ns() - ago_ns,
        };
        assert_non_null(fixture->run.cases);
        for (size_t i = 0; i < fixture->results.case_count; i++)
                fixture->run.cases[i].run_ns = run_ns;
}

static void end(struct fixture *fixture)
{
        free(fixture->run.cases);
        results_done(&fixture->results);
}

static void all_of_full_fits_into_what_it_promises(void **state)
{
        static const uint64_t run_ns[] = {NS_PER_MS, NS_PER_S / 10, NS_PER_S / 2, NS_PER_S,
                                          20 * NS_PER_S};
        (void)state;

        for (size_t i = 0; i < sizeof(run_ns) / sizeof(run_ns[0]); i++) {
                struct fixture fixture;
                uint64_t shares = 0, fewest = 0;
                size_t kept = 0;
                begin(&fixture, "full", run_ns[i], 300 * NS_PER_S);
                assert_true(fixture.results.case_count > 200);
                assert_int_equal(run_time_leave_out(&fixture.run), 0);
                assert_int_equal(run_time_share(&fixture.run), 0);
                for (size_t j = 0; j < fixture.results.case_count; j++) {
                        if (fixture.run.cases[j].is_left_out)
                                continue;
                        kept++;
                        shares += fixture.run.cases[j].share_ns;
                        fewest += STATISTICS_FEWEST * run_ns[i] / 2;
                }
                assert_true(fewest <= 1500 * NS_PER_S);
                /* Where all fit, by their shares too. */
                if (kept == fixture.results.case_count && run_ns[i] < NS_PER_S)
                        assert_true(shares <= 1501 * NS_PER_S);
                assert_true(kept >= (run_ns[i] > NS_PER_S ? 20 : 200));
                end(&fixture);
        }
}

/* However late it is. */
static void no_case_ends_below_six_runs(void **state)
{
        const struct lab_sample sample = {.wall_ns = 1};
        struct fixture fixture;
        (void)state;

        begin(&fixture, "default", NS_PER_S, 100 * NS_PER_S);
        for (int i = 0; i < STATISTICS_FEWEST; i++) {
                assert_false(run_time_is_done(&fixture.run, 0));
                assert_int_equal(results_add_sample(&fixture.results.cases[0], &sample), 0);
        }
        assert_true(run_time_is_done(&fixture.run, 0));
        assert_in_range(run_time_overrun_ns(&fixture.run), 85 * NS_PER_S, 90 * NS_PER_S);
        end(&fixture);
}

/* What all others are held against is there to the last. */
static void late_runs_keep_what_can_be_compared(void **state)
{
        struct fixture fixture;
        size_t kept = 0;
        (void)state;

        begin(&fixture, "default", NS_PER_S, 100 * NS_PER_S);
        assert_int_equal(run_time_leave_out(&fixture.run), 0);
        for (size_t i = 0; i < fixture.results.case_count; i++) {
                const struct lab_setting *setting = &fixture.results.cases[i].setting;
                if (fixture.run.cases[i].is_left_out)
                        continue;
                kept++;
                assert_true(strcmp(setting->method, "copy") == 0 ||
                            strcmp(setting->method, "sendfile") == 0);
                assert_true(setting->size_bytes == 16384);
        }
        assert_int_equal(kept, 2);
        end(&fixture);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_of_full_fits_into_what_it_promises),
                cmocka_unit_test(no_case_ends_below_six_runs),
                cmocka_unit_test(late_runs_keep_what_can_be_compared),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
