/* base/metric - one lock a set; a series is found by its label values joined with a byte that no UTF-8 text
 * has. */
#include "base/metric.h"

#include "base/map.h"
#include "base/time.h"
#include "base/vec.h"

#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MAX_SERIES = 10000 };

struct series {
    double value; /* the sum, of a histogram */
    uint64_t count;
    uint64_t buckets[]; /* not cumulated */
};

struct metric {
    struct metric_set *set;
    struct metric_desc desc;
    size_t labels, buckets;
    struct map *series; /* by the joined values */
};

struct hook {
    void (*fn)(void *);
    void *arg;
};

struct process {
    struct metric *cpu, *resident, *virtual, *fds, *max_fds;
};

struct metric_set {
    pthread_mutex_t lock;
    VEC(struct metric *) metrics;
    VEC(struct hook) hooks;
    struct metric *dropped;
    struct process process;
};

static const double default_buckets[] = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

struct metric_set *metric_set_new(void)
{
    struct metric_set *s = mem_zalloc(sizeof(*s));
    pthread_mutex_init(&s->lock, NULL);
    s->dropped = metric_new(
        s, &(struct metric_desc){.type = METRIC_COUNTER,
                                 .name = "capstan_metric_series_dropped_total",
                                 .help = "Label sets that were dropped since their metric was full.",
                                 .labels = {"metric"}});
    return s;
}

void metric_set_free(struct metric_set *s)
{
    if (!s)
        return;
    vec_each (m, &s->metrics) {
        map_free((*m)->series);
        free(*m);
    }
    vec_release(&s->metrics);
    vec_release(&s->hooks);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void metric_set_freep(struct metric_set **s)
{
    metric_set_free(*s);
    *s = NULL;
}

struct metric *metric_new(struct metric_set *s, const struct metric_desc *desc)
{
    struct metric *m = mem_zalloc(sizeof(*m));
    m->set = s;
    m->desc = *desc;
    m->series = map_new(free);
    while (m->labels < METRIC_LABELS && desc->labels[m->labels])
        m->labels++;
    if (desc->type == METRIC_HISTOGRAM && !desc->buckets[0])
        memcpy(m->desc.buckets, default_buckets, sizeof(default_buckets));
    while (desc->type == METRIC_HISTOGRAM && m->buckets < METRIC_BUCKETS && m->desc.buckets[m->buckets])
        m->buckets++;
    if (!m->desc.max_series)
        m->desc.max_series = MAX_SERIES;
    pthread_mutex_lock(&s->lock);
    vec_each (other, &s->metrics)
        if (streq((*other)->desc.name, desc->name))
            panic("metric '%s' is made twice", desc->name);
    vec_push(&s->metrics, m);
    pthread_mutex_unlock(&s->lock);
    return m;
}

/* --- series --- */

/* Behind each value stands 0xff; the text is used as key and read back when printing. */
static void join(const struct metric *m, const char *const *values, struct str *key)
{
    for (size_t i = 0; i < m->labels; i++) {
        if (!values[i])
            panic("metric '%s' wants %zu label values, got %zu", m->desc.name, m->labels, i);
        str_add(key, values[i]);
        str_char(key, '\xff');
    }
}

static struct series *series_of(struct metric *m, const char *const *values)
{
    CLEANUP(str_release) struct str key = {0};
    join(m, values, &key);
    struct series *s = map_get(m->series, str_text(&key));
    if (s)
        return s;
    if (map_len(m->series) >= m->desc.max_series) {
        if (m != m->set->dropped) {
            struct series *d = series_of(m->set->dropped, (const char *const[]){m->desc.name, NULL});
            if (d)
                d->value++;
        }
        return NULL;
    }
    s = mem_zalloc(sizeof(*s) + (m->buckets + 1) * sizeof(s->buckets[0]));
    map_set(m->series, str_text(&key), s);
    return s;
}

void metric_add_(struct metric *m, double by, const char *const *values)
{
    pthread_mutex_lock(&m->set->lock);
    struct series *s = series_of(m, values);
    if (s)
        s->value += by;
    pthread_mutex_unlock(&m->set->lock);
}

void metric_put_(struct metric *m, double value, const char *const *values)
{
    pthread_mutex_lock(&m->set->lock);
    struct series *s = series_of(m, values);
    if (s)
        s->value = value;
    pthread_mutex_unlock(&m->set->lock);
}

void metric_observe_(struct metric *m, double value, const char *const *values)
{
    pthread_mutex_lock(&m->set->lock);
    struct series *s = series_of(m, values);
    if (s) {
        size_t i = 0;
        while (i < m->buckets && value > m->desc.buckets[i])
            i++;
        s->buckets[i]++;
        s->count++;
        s->value += value;
    }
    pthread_mutex_unlock(&m->set->lock);
}

void metric_drop_(struct metric *m, const char *const *values)
{
    CLEANUP(str_release) struct str key = {0};
    join(m, values, &key);
    pthread_mutex_lock(&m->set->lock);
    map_del(m->series, str_text(&key));
    pthread_mutex_unlock(&m->set->lock);
}

void metric_clear(struct metric *m)
{
    pthread_mutex_lock(&m->set->lock);
    map_clear(m->series);
    pthread_mutex_unlock(&m->set->lock);
}

double metric_value_(struct metric *m, const char *const *values)
{
    CLEANUP(str_release) struct str key = {0};
    join(m, values, &key);
    pthread_mutex_lock(&m->set->lock);
    const struct series *s = map_get(m->series, str_text(&key));
    double value = !s ? 0 : m->desc.type == METRIC_HISTOGRAM ? (double)s->count : s->value;
    pthread_mutex_unlock(&m->set->lock);
    return value;
}

/* --- printing --- */

void metric_on_print(struct metric_set *s, void (*fn)(void *arg), void *arg)
{
    pthread_mutex_lock(&s->lock);
    vec_push(&s->hooks, (struct hook){fn, arg});
    pthread_mutex_unlock(&s->lock);
}

static void escape(struct str *out, struct span text, bool quote)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '\n')
            str_add(out, "\\n");
        else if (c == '\\' || (quote && c == '"'))
            str_printf(out, "\\%c", c);
        else
            str_char(out, c);
    }
}

static void number(struct str *out, double v)
{
    if (isinf(v))
        str_add(out, v > 0 ? "+Inf" : "-Inf");
    else if (isnan(v))
        str_add(out, "NaN");
    else if (v == floor(v) && fabs(v) < 1e15)
        str_printf(out, "%.0f", v);
    else
        str_printf(out, "%.17g", v);
}

/* NAME[suffix]{labels[,le="..."]} and a space. `le` NULL = none. */
static void head(struct str *out, const struct metric *m, const char *key, const char *suffix, const char *le)
{
    str_printf(out, "%s%s", m->desc.name, suffix);
    struct span rest = span_of(key), value;
    char open = '{';
    for (size_t i = 0; i < m->labels && span_cut(&rest, '\xff', &value); i++, open = ',') {
        str_printf(out, "%c%s=\"", open, m->desc.labels[i]);
        escape(out, value, true);
        str_char(out, '"');
    }
    if (le) {
        str_printf(out, "%cle=\"%s\"", open, le);
        open = ',';
    }
    str_add(out, open == ',' ? "} " : " ");
}

static void print_histogram(struct str *out, const struct metric *m, const char *key, const struct series *s)
{
    uint64_t below = 0;
    for (size_t i = 0; i <= m->buckets; i++) {
        char le[32] = "+Inf";
        below += s->buckets[i];
        if (i < m->buckets)
            snprintf(le, sizeof(le), "%g", m->desc.buckets[i]);
        head(out, m, key, "_bucket", le);
        str_printf(out, "%llu\n", (unsigned long long)below);
    }
    head(out, m, key, "_sum", NULL);
    number(out, s->value);
    str_char(out, '\n');
    head(out, m, key, "_count", NULL);
    str_printf(out, "%llu\n", (unsigned long long)s->count);
}

static void print_metric(struct str *out, const struct metric *m)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    if (!map_len(m->series))
        return;
    str_printf(out, "# HELP %s ", m->desc.name);
    escape(out, span_of(m->desc.help), false);
    str_printf(out, "\n# TYPE %s %s\n", m->desc.name, types[m->desc.type]);
    map_each (it, m->series) {
        const struct series *s = it.value;
        if (m->desc.type == METRIC_HISTOGRAM) {
            print_histogram(out, m, it.key, s);
            continue;
        }
        head(out, m, it.key, "", NULL);
        number(out, s->value);
        str_char(out, '\n');
    }
}

void metric_print(struct metric_set *s, struct str *out)
{
    vec_each (h, &s->hooks)
        h->fn(h->arg); /* hooks are added at start only */
    pthread_mutex_lock(&s->lock);
    vec_each (m, &s->metrics)
        print_metric(out, *m);
    pthread_mutex_unlock(&s->lock);
}

/* --- this process --- */

static double count_fds(void)
{
    double n = -3; /* ".", ".." and the folder's own descriptor */
    DIR *d = opendir("/proc/self/fd");
    if (!d)
        return 0;
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void read_memory(double *virtual, double *resident)
{
    unsigned long total = 0, rss = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%lu %lu", &total, &rss) != 2)
            total = rss = 0;
        fclose(f);
    }
    double page = (double)sysconf(_SC_PAGESIZE);
    *virtual = (double)total * page;
    *resident = (double)rss * page;
}

static void refresh(void *arg)
{
    struct process *p = arg;
    struct rusage use;
    struct rlimit files;
    double virtual, resident;
    getrusage(RUSAGE_SELF, &use);
    getrlimit(RLIMIT_NOFILE, &files);
    read_memory(&virtual, &resident);
    metric_put(p->cpu, (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
    metric_put(p->resident, resident);
    metric_put(p->virtual, virtual);
    metric_put(p->fds, count_fds());
    metric_put(p->max_fds, (double)files.rlim_cur);
}

static struct metric *plain(struct metric_set *s, enum metric_type type, const char *name, const char *help)
{
    return metric_new(s, &(struct metric_desc){.type = type, .name = name, .help = help});
}

void metric_process(struct metric_set *s)
{
    s->process = (struct process){
        .cpu = plain(s, METRIC_COUNTER, "process_cpu_seconds_total",
                     "Total user and system CPU time spent in seconds."),
        .resident = plain(s, METRIC_GAUGE, "process_resident_memory_bytes", "Resident memory size in bytes."),
        .virtual = plain(s, METRIC_GAUGE, "process_virtual_memory_bytes", "Virtual memory size in bytes."),
        .fds = plain(s, METRIC_GAUGE, "process_open_fds", "Number of open file descriptors."),
        .max_fds = plain(s, METRIC_GAUGE, "process_max_fds", "Maximum number of open file descriptors."),
    };
    struct metric *start = plain(s, METRIC_GAUGE, "process_start_time_seconds",
                                 "Start time of the process since unix epoch in seconds.");
    metric_put(start, (double)clock_wall_ms(&clock_system) / 1000);
    metric_on_print(s, refresh, &s->process);
}
