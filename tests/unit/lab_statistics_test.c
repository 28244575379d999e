#include "lab_unit.h"

#include <errno.h>

#include "lab/random.h"
#include "lab/statistics.h"

static void known_figures(void **state)
{
        static const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
        struct statistics s;
        (void)state;

        assert_int_equal(statistics_of(&s, values, 8, 1), 0);
        assert_float_equal(s.mean, 5, 1e-12);
        assert_float_equal(s.sigma, 2.13809, 1e-5);
        assert_float_equal(s.median, 4.5, 1e-12);
        assert_float_equal(s.minimum, 2, 0);
        assert_float_equal(s.maximum, 9, 0);
        assert_true(s.low <= s.median && s.median <= s.high);
        /* Quartiles 4 and 5.5: fences at 1.75 and 7.75. */
        assert_float_equal(s.fence_low, 1.75, 1e-12);
        assert_float_equal(s.fence_high, 7.75, 1e-12);
        assert_int_equal(s.outliers, 1);
}

static void few_values(void **state)
{
        static const double one[] = {3};
        struct statistics s;
        (void)state;

        assert_int_equal(statistics_of(&s, NULL, 0, 1), 0);
        assert_int_equal(s.count, 0);
        assert_int_equal(statistics_of(&s, one, 1, 1), 0);
        assert_float_equal(s.sigma, 0, 0);
        assert_float_equal(s.low, 3, 0);
        assert_float_equal(s.high, 3, 0);
        assert_int_equal(s.outliers, 0);
}

/* Of 200 intervals, those that hold the median of values, each of which keeps
 * kept / 16 of the one before. Their own scatter is the same for any kept. */
static int holding(uint64_t kept, size_t count)
{
        uint64_t seed = 7;
        int held = 0;

        for (int i = 0; i < 200; i++) {
                double values[100], last = 0, share = (double)kept / 16;
                struct statistics s;
                for (size_t j = 0; j < count; j++) {
                        double fresh = (double)random_below(&seed, 2000001) - 1000000;
                        last = share * last + (1 - share) * fresh;
                        values[j] = last;
                }
                assert_int_equal(statistics_of(&s, values, count, seed), 0);
                held += s.low <= 0 && 0 <= s.high;
        }
        return held;
}

/* The more samples there are, the more they would promise if drawn singly. */
static void neighbours_that_resemble_each_other_promise_less(void **state)
{
        (void)state;
        assert_in_range(holding(0, 6), 175, 199);
        assert_in_range(holding(0, 10), 175, 199);
        assert_in_range(holding(10, 50), 155, 199); /* singly: 145 */
        assert_in_range(holding(10, 100), 165, 199); /* singly: 131 */
}

/* Ninety-five intervals of a hundred hold the true median; a bootstrap of few
 * values somewhat fewer. */
static void intervals_hold_the_median(void **state)
{
        uint64_t seed = 7;
        int held = 0;
        (void)state;

        for (int i = 0; i < 200; i++) {
                double values[25];
                struct statistics s;
                for (int j = 0; j < 25; j++)
                        values[j] = (double)random_below(&seed, 1000001);
                assert_int_equal(statistics_of(&s, values, 25, seed), 0);
                held += s.low <= 500000 && 500000 <= s.high;
        }
        assert_in_range(held, 175, 199);
}

static void the_seed_gives_the_same_again(void **state)
{
        static const double values[] = {1, 3, 2, 8, 5};
        struct statistics a, b;
        (void)state;

        assert_int_equal(statistics_of(&a, values, 5, 99), 0);
        assert_int_equal(statistics_of(&b, values, 5, 99), 0);
        assert_memory_equal(&a, &b, sizeof(a));
}

static void ratios(void **state)
{
        static const double slow[] = {10, 11, 10.5, 10.2, 10.8, 10.4};
        static const double fast[] = {5, 5.1, 4.9, 5.2, 5, 5};
        static const double zero[] = {0};
        struct statistics_ratio ratio;
        (void)state;

        assert_int_equal(statistics_ratio_of(&ratio, slow, 6, fast, 6, 1), 0);
        assert_float_equal(ratio.value, 2.09, 1e-12);
        assert_true(ratio.low > 1.9 && ratio.high < 2.3);
        assert_true(statistics_shows_difference(&ratio));
        assert_int_equal(statistics_ratio_of(&ratio, slow, 5, fast, 6, 1), 0);
        assert_true(ratio.low > 1.9);
        assert_false(statistics_shows_difference(&ratio)); /* of five */
        assert_int_equal(statistics_ratio_of(&ratio, slow, 6, slow, 6, 1), 0);
        assert_float_equal(ratio.value, 1, 1e-12);
        assert_false(statistics_shows_difference(&ratio));
        assert_int_equal(statistics_ratio_of(&ratio, slow, 6, zero, 1, 1), -EDOM);
        assert_int_equal(statistics_ratio_of(&ratio, NULL, 0, slow, 6, 1), -EDOM);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(known_figures),
                cmocka_unit_test(few_values),
                cmocka_unit_test(intervals_hold_the_median),
                cmocka_unit_test(neighbours_that_resemble_each_other_promise_less),
                cmocka_unit_test(the_seed_gives_the_same_again),
                cmocka_unit_test(ratios),
        };
        return cmocka_run_group_tests(tests, load_libraries, NULL);
}
