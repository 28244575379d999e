#include "lab/between_runs.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "lab/libraries.h"

/* Cases that are needed to know how they scatter. */
#define CASES_FEWEST 8
/* From the median of the distances to a normal distribution's sigma. */
#define SIGMA_OF_MEDIAN 1.4826
/* Cases of two runs that did not move as far as that moved nowhere. */
#define SHIFT_LEAST 0.02

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

/* Sorts the values. */
static double median(double *values, size_t count)
{
        qsort(values, count, sizeof(*values), compare);
        return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* The logarithms of the others' ratios; how many there are. */
static size_t others(const struct statistics_ratio *ratios, size_t count, size_t but,
                     double *ret_logs)
{
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
                if (i != but && ratios[i].value > 0)
                        ret_logs[n++] = lab_log(ratios[i].value);
        return n;
}

/* How far the interval's ends lie from the ratio when what is between the runs
 * is added: scatter as independent parts are, the shift as it is. */
static double reach(double within, double scatter, double shift)
{
        return lab_sqrt(within * within + 4 * scatter * scatter) + shift;
}

static void widen(struct statistics_ratio *ratio, double shift, double scatter)
{
        double low = reach(lab_log(ratio->value / ratio->low), scatter, shift);
        double high = reach(lab_log(ratio->high / ratio->value), scatter, shift);
        ratio->low = ratio->value / lab_exp(low);
        ratio->high = ratio->value * lab_exp(high);
}

/* Sorts the distances. A few of them know the scatter badly: what they say counts
 * for more, about as Student's distribution has it for the third that a median
 * makes use of. */
static double scatter_of(double *distances, size_t count)
{
        double least = count + 1 < CASES_FEWEST ? BETWEEN_RUNS_USUAL : BETWEEN_RUNS_LEAST;
        double sigma = 0;
        if (count > 2)
                sigma = SIGMA_OF_MEDIAN * median(distances, count) * (1 + 4.0 / (double)count);
        return sigma > least ? sigma : least;
}

int between_runs_widen(struct statistics_ratio *ratios, size_t count)
{
        double *logs = calloc(3 * count + 1, sizeof(*logs));
        if (!logs)
                return -ENOMEM;
        double *shifts = logs + count, *scatters = shifts + count;
        for (size_t i = 0; i < count; i++) {
                size_t n = others(ratios, count, i, logs);
                double middle = n > 0 ? median(logs, n) : 0;
                for (size_t j = 0; j < n; j++)
                        logs[j] = fabs(logs[j] - middle);
                shifts[i] = n > 0 ? fabs(middle) : 2 * BETWEEN_RUNS_MACHINE;
                scatters[i] = scatter_of(logs, n);
        }
        for (size_t i = 0; i < count; i++)
                if (ratios[i].value > 0 && ratios[i].low > 0)
                        widen(&ratios[i], shifts[i], scatters[i]);
        free(logs);
        return 0;
}

double between_runs_shift(const struct statistics_ratio *ratios, size_t count)
{
        size_t up = 0, down = 0, shown = 0;
        double least = INFINITY;

        for (size_t i = 0; i < count; i++) {
                if (!(ratios[i].value > 0))
                        continue;
                up += ratios[i].value > 1;
                down += ratios[i].value < 1;
                shown += statistics_shows_difference(&ratios[i]);
        }
        size_t against = up < down ? up : down;
        if (up + down < 2 || 10 * against > up + down || 2 * shown <= up + down)
                return 1;
        double *logs = calloc(count, sizeof(*logs));
        if (logs)
                least = median(logs, others(ratios, count, count, logs));
        free(logs);
        return isfinite(least) && fabs(least) > SHIFT_LEAST ? lab_exp(least) : 1;
}
