/* svc/svc.h - the skeleton of a service: a program is a table of options and three functions.
 *
 *     static const struct svc service = {.name = "repo-server", .about = "...", .sections = sections,
 * .sections_len = 2, .start = start, .drain = drain, .stop = stop}; int main(int argc, char **argv) { return
 * svc_main(&service, argc, argv); }
 *
 * The skeleton reads options (flag, environment, default), sets up logs, makes loop, bus and metrics, answers
 * /healthz, /readyz and /metrics, measures how late the loop runs, and ends in order: the first SIGTERM or
 * SIGINT drains, a second one ends at once. Exit status: 0 ended in order, 1 could not start or was ended at
 * once, 2 wrong usage. */
#ifndef CAPSTAN_SVC_SVC_H
#define CAPSTAN_SVC_SVC_H

#include "base/loop.h"
#include "base/metric.h"
#include "base/opt.h"
#include "bus/bus.h"

struct svc_run;

struct svc {
    const char *name;                   /* "repo-server" */
    const char *about;                  /* one paragraph for --help */
    const struct opt_section *sections; /* its own options, before the common ones */
    size_t sections_len;
    const char *metrics_address; /* default of --metrics-address; NULL = "127.0.0.1:0", a free port */
    /* On the loop thread, before it runs: makes what the service is. An error ends the program. */
    struct err *(*start)(struct svc_run *run);
    /* Takes no new work; calls svc_drained once what was begun is done. NULL = nothing to wait for. */
    void (*drain)(struct svc_run *run);
    /* Frees what start made; also after a start that failed. May be NULL. */
    void (*stop)(struct svc_run *run);
};

/* The common options as they were given. */
struct svc_options {
    const char *metrics_address;
    const char *log_level, *log_format;
    struct opt_list bus_listen; /* where this service's bus server binds; svc_bus_bind does it */
    const char *bus_events;     /* where it publishes; "" = nowhere */
    const char *kubeconfig;     /* "" = in-cluster, or the usual places */
    int64_t drain_ms;
};

struct svc_run {
    const struct svc *service;
    const struct svc_options *options;
    struct loop *loop;
    struct bus *bus;
    struct metric_set *metrics;
    struct arena *arena;    /* for the life of the process: option texts */
    struct opt_result args; /* what was no flag */
    void *state;            /* the service's */
};

int svc_main(const struct svc *service, int argc, char **argv);

/* Declares a condition of readiness by its name (static), or changes it: /readyz is 200 when all are true,
 * else 503 and names those that are not, with `why` (copied, may be NULL). */
void svc_ready(struct svc_run *run, const char *condition, bool ready, const char *why);
/* The drain is over. `run` is the struct svc_run: the shape of a callback, since that is what it is handed on as. */
void svc_drained(void *run);
/* Something came up that the service cannot go on from: logs it and drains; the exit status is 1. Takes `e`.
 */
void svc_fail(struct svc_run *run, struct err *e);
/* Binds the bus server to each address of --bus-listen. */
struct err *svc_bus_bind(struct svc_run *run, struct bus_server *server) MUST_USE;

#endif
