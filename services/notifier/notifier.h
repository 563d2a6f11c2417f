/* notifier.h - the state of the process: applications, what is on its way about them, and the settings.
 *
 * What to tell is decided by common/notify alone; the service carries it out. A delivery is sent first and
 * marked on the Application afterwards, so a death between the two repeats it, with the same idempotency key.
 * Everything belongs to the loop thread. */
#ifndef CAPSTAN_NOTIFIER_H
#define CAPSTAN_NOTIFIER_H

#include "base/map.h"
#include "base/metric.h"
#include "base/queue.h"
#include "base/vec.h"
#include "kube/watch.h"
#include "net/client.h"
#include "notify/notify.h"

struct notifier_options {
    const char *ns;               /* of Applications, projects and settings */
    int64_t tries;                /* of one delivery, where its service says nothing else */
    int64_t wait_ms, wait_max_ms; /* between them, likewise */
    int64_t timeout_ms;           /* of one try */
    int64_t parallel;             /* deliveries at once */
    void (*synced)(void *arg);    /* everything has been read once; may be NULL */
    void *arg;
};

enum { WATCH_APPS, WATCH_PROJECTS, WATCH_CONFIG, WATCH_SECRET, WATCHES };

struct notifier {
    struct loop *loop;
    struct kube *kube;
    struct net_client *net;
    struct notifier_options o;
    struct kube_watch *watches[WATCHES];
    bool synced[WATCHES];
    struct map *apps;     /* "ns/name" to struct app */
    struct map *projects; /* name to struct frozen */
    struct frozen *config_map, *secret;
    struct notify_config *config;
    struct map *said;    /* remarks that were logged */
    struct queue *turns; /* applications to look at, by project */
    struct loop_timer turn_timer;
    struct map *deliveries; /* idempotency key to struct delivery */
    struct queue *outbox;   /* the same keys, by service */
    struct loop_timer outbox_timer;
    int64_t sending, marking; /* requests under way */
    uint64_t event_serial;
    struct metric *count_deliveries;
    bool draining;
    void (*drained)(void *arg);
    void *drained_arg;
};

struct app {
    struct notifier *notifier;
    const char *key;              /* the map's */
    struct frozen *object;        /* as last seen or written */
    VEC(struct notify_done) done; /* told and not yet in the annotation; marks are on the heap */
    struct kube_call *patch;
    size_t patched; /* so many of `done` are in the patch under way */
};

/* Starts to watch; `kube` is borrowed. */
struct notifier *notifier_new(struct kube *kube, struct metric_set *metrics,
                              const struct notifier_options *o) MUST_USE;
void notifier_free(struct notifier *n);
/* Begins no delivery any more; `drained(arg)` once those under way are told and marked. */
void notifier_drain(struct notifier *n, void (*drained)(void *arg), void *arg);

/* --- between the files --- */
void notifier_check_drained(struct notifier *n);
const struct doc *app_object(const struct app *app);
/* The delivery of that application's was told or given up: remembers and marks it. */
void app_told(struct app *app, const char *mark, int64_t unix_s);

/* Queues it unless it is on its way already. */
void deliver(struct app *app, const struct notify_delivery *d);
void deliver_start(struct notifier *n, struct metric_set *metrics);
void deliver_stop(struct notifier *n);

#endif
