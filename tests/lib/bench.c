/* tests/lib/bench - the median of a few rounds is steadier than the mean of many. */
#include "lib/bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t bench_now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, BENCH_ROUNDS, sizeof(*values), by_value);
    return values[BENCH_ROUNDS / 2];
}

double bench_median(double (*round)(void *arg), void *arg)
{
    double values[BENCH_ROUNDS];
    round(arg);
    for (int i = 0; i < BENCH_ROUNDS; i++)
        values[i] = round(arg);
    return median(values);
}

void bench_pair(double (*ours)(void *arg), void *our_arg, double (*bare)(void *arg), void *bare_arg,
                double medians[2])
{
    double a[BENCH_ROUNDS], b[BENCH_ROUNDS];
    ours(our_arg);
    bare(bare_arg);
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        a[i] = ours(our_arg);
        b[i] = bare(bare_arg);
    }
    medians[0] = median(a);
    medians[1] = median(b);
}

void bench_figure(const char *what, double value, const char *unit)
{
    printf("%-52s %12.2f %s\n", what, value, unit);
    fflush(stdout);
}

bool bench_ratio(const char *what, double ratio, bool at_most, double bound)
{
    bool ok = at_most ? ratio <= bound : ratio >= bound;
    printf("%-52s %12.2f (%s %.2f) %s\n", what, ratio, at_most ? "at most" : "at least", bound,
           ok ? "ok" : "MISSED");
    fflush(stdout);
    return ok;
}
