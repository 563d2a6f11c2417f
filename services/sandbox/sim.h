/* sim.h - simulated controllers and kubelet: clients of a Kubernetes API, ours or another, that give its
 * objects life.
 *
 * Each kind has a cache filled by a watch. An event queues the object and its owner; a turn takes one key and
 * asks that kind's function, which compares the cache with what should be and sends what is missing. Names
 * are made from what they stand for, so that sending twice does no harm. Image tags steer Pods: `:crash`,
 * `:slow`, `:fail`, `:pull`, `:hang`, `:tN`. */
#ifndef CAPSTAN_SANDBOX_SIM_H
#define CAPSTAN_SANDBOX_SIM_H

#include "base/map.h"
#include "base/queue.h"
#include "base/str.h"
#include "kube/watch.h"

enum sim_kind {
    SIM_DEPLOYMENT,
    SIM_REPLICA_SET,
    SIM_STATEFUL_SET,
    SIM_DAEMON_SET,
    SIM_JOB,
    SIM_POD,
    SIM_CLAIM,
    SIM_SERVICE,
    SIM_INGRESS,
    SIM_AUTOSCALER,
    SIM_BUDGET,
    SIM_KINDS,
};

struct sim;

struct sim_options {
    bool controllers;    /* of workloads and claims; else only what a kubelet and a cloud do */
    bool load_balancers; /* Services of type LoadBalancer get an address */
    bool claims;         /* PersistentVolumeClaims are bound */
    bool node;           /* there is one: DaemonSets have a Pod */
};

/* Takes `k`. */
struct sim *sim_start(struct loop *l, struct kube *k, const struct sim_options *o) MUST_USE;
void sim_free(struct sim *s);

/* --- for the kinds' functions ---------------------------------------------------------------- */

/* One look at one object: what it reads and makes lives in `a`. */
struct look {
    struct sim *sim;
    struct arena *a;
    enum sim_kind kind;
    const struct doc *obj;
    const char *ns, *name, *uid;
};

struct sim_row {
    const char *group, *version, *resource, *kind;
    bool controller;
    void (*look)(struct look *k);
};
extern const struct sim_row sim_rows[SIM_KINDS];

/* The objects of a kind that name `uid` as owner, in name order. */
struct sim_children {
    const struct doc **at;
    size_t len;
};
struct sim_children sim_children(struct look *k, enum sim_kind kind, const char *uid);
/* Those in the namespace of the object looked at. */
struct sim_children sim_namespace(struct look *k, enum sim_kind kind);
const struct doc *sim_cached(struct look *k, enum sim_kind kind, const char *name);
/* Requests; each is sent and forgotten, a failure brings the object back a second later. */
void sim_create(struct look *k, enum sim_kind kind, const struct doc *obj);
void sim_delete(struct look *k, enum sim_kind kind, const char *name);
void sim_patch(struct look *k, enum sim_kind kind, const char *name, const struct doc *patch);
/* Merges into the status of the object looked at, unless it says all that already. */
void sim_status(struct look *k, const struct doc *status);
void sim_again(struct look *k, int64_t delay_ms);
int64_t sim_now_ms(const struct look *k);
bool sim_load_balancers(const struct look *k);
bool sim_claims(const struct look *k);
bool sim_node(const struct look *k);

/* A new object of the kind: type, name, namespace, labels (may be NULL), and the object looked at as its
 * controller. */
struct doc *sim_owned(struct look *k, enum sim_kind kind, const char *name, const struct doc *labels);
/* Conditions: the time of the last change is kept while the status stays. */
void sim_condition(struct look *k, struct doc *conditions, const char *type, bool status, const char *reason,
                   const char *message);
const struct doc *sim_condition_of(const struct doc *obj, const char *type);
bool sim_pod_ready(const struct doc *pod);
const char *sim_hash(struct look *k, const struct doc *d); /* 10 hex digits */

/* --- the kinds ------------------------------------------------------------------------------- */
void sim_look_deployment(struct look *k);
void sim_look_replica_set(struct look *k);
void sim_look_stateful_set(struct look *k);
void sim_look_daemon_set(struct look *k);
void sim_look_job(struct look *k);
void sim_look_pod(struct look *k);
void sim_look_claim(struct look *k);
void sim_look_service(struct look *k);
void sim_look_ingress(struct look *k);
void sim_look_autoscaler(struct look *k);
void sim_look_budget(struct look *k);

#endif
