/* tests/lib/bench.h - measuring: medians of several rounds, and ratios to a bare library measured in the same
 * run.
 *
 * A program of tests/bench prints lines of bench_figure and, at its end, of bench_ratio; tests/bench/run
 * collects them. Absolute times depend on the machine; the ratios are what is promised. */
#ifndef CAPSTAN_BENCH_H
#define CAPSTAN_BENCH_H

#include <stddef.h>
#include <stdint.h>

enum { BENCH_ROUNDS = 11 };

int64_t bench_now_ns(void);
/* Runs `round(arg)`, which returns its own figure, BENCH_ROUNDS times after one for warmth; gives the median.
 */
double bench_median(double (*round)(void *arg), void *arg);
/* The same for two things, their rounds in turn, so that a noisy neighbour hits both. */
void bench_pair(double (*ours)(void *arg), void *our_arg, double (*bare)(void *arg), void *bare_arg,
                double medians[2]);
/* "bus round trip, 1 KB: 92.1 us". */
void bench_figure(const char *what, double value, const char *unit);
/* "bus round trip / bare: 1.21 (at most 1.50) ok". `at_most` false: at least. False when it misses. */
_Bool bench_ratio(const char *what, double ratio, _Bool at_most, double bound);

#endif
