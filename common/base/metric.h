/* base/metric.h - counters, gauges and histograms with labels, in Prometheus' text format.
 *
 *     m = metric_new(set, &(struct metric_desc){.type = METRIC_COUNTER, .name = "argocd_app_sync_total",
 * .help = "Syncs by phase.",
 * {"name", "phase"}}); metric_add(m, 1, "guestbook", "Succeeded");
 *
 * Thread safe. Values are given in the order of the labels. A metric keeps at most `max_series` label sets
 * (default 10000, app metrics raise it); further ones are dropped and counted in
 * capstan_metric_series_dropped_total. */
#ifndef CAPSTAN_BASE_METRIC_H
#define CAPSTAN_BASE_METRIC_H

#include "base/str.h"

enum { METRIC_LABELS = 12, METRIC_BUCKETS = 24 };
enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_desc {
    enum metric_type type;
    const char *name; /* all texts here are static */
    const char *help;
    const char *labels[METRIC_LABELS + 1]; /* ends in NULL */
    double buckets[METRIC_BUCKETS +
                   1]; /* upper bounds, rising, ends in 0; +Inf is added. Empty = Prometheus' defaults */
    size_t max_series;
};

struct metric;
struct metric_set;

struct metric_set *metric_set_new(void) MUST_USE;
void metric_set_free(struct metric_set *s);
void metric_set_freep(struct metric_set **s);
/* Owned by the set. The same name twice is a panic. */
struct metric *metric_new(struct metric_set *s, const struct metric_desc *desc) MUST_USE;

/* The values of the labels, as many as the metric has. metric_add counts (counter, gauge), metric_put sets a
 * gauge, metric_observe files a value in a histogram, metric_drop forgets the series. */
#define metric_add(m, by, ...) metric_add_(m, by, (const char *const[METRIC_LABELS + 1]){__VA_ARGS__})
#define metric_put(m, value, ...) metric_put_(m, value, (const char *const[METRIC_LABELS + 1]){__VA_ARGS__})
#define metric_observe(m, value, ...)                                                                        \
    metric_observe_(m, value, (const char *const[METRIC_LABELS + 1]){__VA_ARGS__})
#define metric_drop(m, ...) metric_drop_(m, (const char *const[METRIC_LABELS + 1]){__VA_ARGS__})
void metric_add_(struct metric *m, double by, const char *const *values);
void metric_put_(struct metric *m, double value, const char *const *values);
void metric_observe_(struct metric *m, double value, const char *const *values);
void metric_drop_(struct metric *m, const char *const *values);
/* Forgets all series, for gauges that are rebuilt at each scrape. */
void metric_clear(struct metric *m);
/* The value of a counter or gauge, the count of a histogram; 0 when absent. */
#define metric_value(m, ...) metric_value_(m, (const char *const[METRIC_LABELS + 1]){__VA_ARGS__})
double metric_value_(struct metric *m, const char *const *values);

/* `fn(arg)` runs before each metric_print, on its thread: to set gauges from what the process knows. */
void metric_on_print(struct metric_set *s, void (*fn)(void *arg), void *arg);
/* Text format 0.0.4: metrics in the order of creation, series in that of appearance. */
void metric_print(struct metric_set *s, struct str *out);
/* process_cpu_seconds_total, process_resident_memory_bytes and the others that every Prometheus client gives.
 */
void metric_process(struct metric_set *s);

#endif
